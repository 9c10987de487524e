"""A lane waits for those who come back only where it pays, and never long."""

from tongtu.runtime.crowd import FEW, PATIENCE_MAX_S, REST_MAX, Crowd


def crowd_after(answered, waiting=0, took_s=0.02, now_s=100.0):
    crowd = Crowd(256)
    crowd.answered(answered, waiting, took_s, now_s)
    return crowd


def test_a_few_callers_are_never_waited_for():
    assert crowd_after(FEW - 2, 1).enough == 0
    assert crowd_after(FEW - 2, 2).enough == 14


def test_all_but_an_eighth_of_those_answered_and_waiting_are_enough():
    assert crowd_after(64, 64).enough == 112


def test_no_more_are_waited_for_than_one_batch_holds():
    assert crowd_after(256, 200).enough == 224


def test_the_wait_is_half_of_the_last_batch_and_bounded():
    assert crowd_after(64, took_s=0.02).until_s == 100.01
    assert crowd_after(64, took_s=5.0).until_s == 100.0 + PATIENCE_MAX_S


def test_waits_in_vain_are_tried_ever_more_rarely_until_one_succeeds():
    crowd = Crowd(256)
    pauses, pause = [], 0
    while len(pauses) < 9:
        crowd.answered(64, 0, 0.02, 100.0)
        if crowd.enough:
            pauses.append(pause)
            pause = 0
            crowd.came(3)
        else:
            pause += 1
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 64, REST_MAX]

    for _ in range(REST_MAX):
        crowd.answered(64, 0, 0.02, 100.0)
    crowd.answered(64, 0, 0.02, 100.0)
    crowd.came(56)
    crowd.answered(64, 0, 0.02, 100.0)

    assert crowd.enough == 56
