import math
from itertools import pairwise

import pytest
from scipy.stats import beta

from tongtu.kernel.errors import BadInput
from tongtu.tables.api import rules_root
from tongtu.verification.api import Found, distance_ppm, largest, load_rulebook
from tongtu.verification.rules.calibration import Pair, rate, rates
from tongtu.verification.rules.face import Face, turn_ppm
from tongtu.verification.rules.liveness import Action, draw_actions, watch

BOOK = load_rulebook(rules_root())
STRAIGHT, LEFT, RIGHT = Action.STRAIGHT, Action.LEFT, Action.RIGHT


def face(*, turn=0.0, apart=0.0, size=200, at=0):
    """A face whose nose is `turn` eye distances beside the middle, and `apart` from the first."""
    points = ((at + 150, 80), (at + 120, 80), (at + 50, 80), (at + 80, 80))
    nose = (round(at + 100 + turn * 100), 130)
    numbers = (apart, *[0.0] * 127)
    return Face(at, 0, at + size, size, (*points, nose), numbers)


@pytest.mark.parametrize(
    ("ppm", "found"),
    [
        (0, Found.YES),
        (449_999, Found.YES),
        (450_000, Found.PERSON),
        (599_999, Found.PERSON),
        (600_000, Found.NO),
    ],
)
def test_a_distance_is_accepted_looked_at_or_refused_at_the_very_lines(ppm, found):
    assert BOOK.face.judge(ppm) is found


def test_a_distance_is_never_told_nearer_than_it_is():
    assert distance_ppm((0.6, *[0.0] * 127), (0.0,) * 128) == 600_000
    assert distance_ppm((0.4500000001, *[0.0] * 127), (0.0,) * 128) == 450_001


@pytest.mark.parametrize("bad", [(0.0,) * 127, (math.nan, *[0.0] * 127), (math.inf, *[0.0] * 127)])
def test_what_describes_no_face_is_no_distance(bad):
    with pytest.raises(BadInput):
        distance_ppm(bad, (0.0,) * 128)


def test_a_picture_is_of_its_largest_face_unless_another_is_nearly_as_large():
    big, small = face(size=200), face(size=100, at=300)

    assert largest([small, big]) == big
    with pytest.raises(BadInput, match="more than one"):
        largest([big, face(size=101, at=300)])
    with pytest.raises(BadInput, match="no face"):
        largest([])


def test_a_nose_to_the_pictures_right_is_a_turn_to_ones_own_left():
    assert [turn_ppm(face(turn=turn)) for turn in (-0.2, 0.0, 0.2)] == [-200_000, 0, 200_000]


@pytest.mark.parametrize(
    ("frames", "outcome", "detail"),
    [
        ([[face()], [face(turn=0.2)], [face(turn=-0.2)]], Found.YES, ()),
        ([[face()], [face(turn=0.05)], [face(turn=-0.2)]], Found.UNKNOWN, ("not_followed",)),
        ([[face()], [face(turn=-0.2)], [face(turn=0.2)]], Found.UNKNOWN, ("not_followed",)),
        ([[face()], [], [face(turn=-0.2)]], Found.UNKNOWN, ("no_face",)),
        ([[face(), face(at=400)], [face()], [face()]], Found.UNKNOWN, ("two_faces",)),
        ([[face(size=79)], [face(turn=0.2)], [face(turn=-0.2)]], Found.UNKNOWN, ("face_small",)),
        # Somebody else steps in for the last turn.
        ([[face()], [face(turn=0.2)], [face(turn=-0.2, apart=0.45)]], Found.NO, ("another_face",)),
    ],
)
def test_a_challenge_is_followed_by_one_face_in_its_own_order(frames, outcome, detail):
    seen = watch((STRAIGHT, LEFT, RIGHT), frames, BOOK.liveness)

    assert (seen.outcome, seen.detail) == (outcome, detail)
    assert (seen.face is not None) is (outcome is Found.YES)


def test_a_frame_is_wanted_for_each_action():
    with pytest.raises(BadInput):
        watch((STRAIGHT, LEFT), [[face()]], BOOK.liveness)


def test_challenges_begin_straight_never_repeat_and_are_drawn_from_the_noise():
    drawn = {
        draw_actions(bytes([a, b, c]), 3) for a in range(6) for b in range(6) for c in range(6)
    }

    assert len(drawn) == 8
    assert all(one[0] is STRAIGHT and len(one) == 4 for one in drawn)
    assert all(x is not y for one in drawn for x, y in pairwise(one))
    with pytest.raises(BadInput):
        draw_actions(b"", 3)


@pytest.mark.parametrize(("errors", "trials"), [(0, 262), (2, 38), (1, 1), (5, 5), (37, 1000)])
def test_bounds_of_a_rate_are_those_of_clopper_and_pearson(errors, trials):
    found = rate(errors, trials)

    low = 0.0 if errors == 0 else beta.ppf(0.025, errors, trials - errors + 1)
    high = 1.0 if errors == trials else beta.ppf(0.975, errors + 1, trials - errors)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_nothing_tried_says_nothing():
    assert (rate(0, 0).low, rate(0, 0).high, rate(0, 0).share) == (0.0, 1.0, 1.0)


def test_a_face_that_is_not_found_is_refused_by_every_line_and_accepted_by_none():
    (told,) = rates([Pair(True, None), Pair(False, None), Pair(True, 1), Pair(False, 1)], [2])

    assert (told.far.errors, told.far.trials, told.frr.errors, told.frr.trials) == (1, 2, 1, 2)
