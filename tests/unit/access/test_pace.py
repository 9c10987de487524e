"""Buckets of requests: exact at their bound, refilled evenly, in bounded memory."""

import pytest

from tongtu.access.api import Pace, Rate, address_key


def test_a_burst_is_taken_whole_and_the_next_is_told_when():
    pace = Pace(Rate(per_s=0.5, burst=20))

    assert [pace.take(b"a", 100.0) for _ in range(20)] == [None] * 20
    assert (pace.take(b"a", 100.0), pace.take(b"a", 101.0)) == (2, 1)
    assert (pace.take(b"a", 102.0), pace.take(b"a", 102.0)) == (None, 2)


def test_callers_do_not_wait_for_each_other():
    pace = Pace(Rate(per_s=1, burst=1))

    assert (pace.take(b"a", 0.0), pace.take(b"a", 0.0), pace.take(b"b", 0.0)) == (None, 1, None)


def test_a_bucket_holds_no_more_than_its_burst_however_long_nobody_came():
    pace = Pace(Rate(per_s=100, burst=3))

    pace.take(b"a", 0.0)

    assert [pace.take(b"a", 1e9) for _ in range(4)] == [None, None, None, 1]


def test_a_refused_request_costs_nothing():
    pace = Pace(Rate(per_s=1, burst=1))
    pace.take(b"a", 0.0)

    for _ in range(50):
        assert pace.take(b"a", 0.5) == 1

    assert pace.take(b"a", 1.0) is None


def test_a_clock_that_stands_or_steps_back_gives_nothing_away():
    pace = Pace(Rate(per_s=1, burst=1))
    pace.take(b"a", 10.0)

    assert [pace.take(b"a", at_s) for at_s in (9.0, 9.5, 10.0)] == [1, 1, 1]


def test_a_flood_of_addresses_keeps_a_bounded_number_and_forgets_who_asked_longest_ago():
    pace = Pace(Rate(per_s=1, burst=1), kept_max=1_000)
    pace.take(b"first", 0.0)

    for number in range(10_000):
        pace.take(str(number).encode(), 0.0)

    assert len(pace) == 1_000
    assert pace.take(b"9999", 0.0) == 1
    assert pace.take(b"first", 0.0) is None


@pytest.mark.parametrize(("host", "key"), [
    ("203.0.113.9", b"203.0.113.9"), ("2001:db8:1:2:3::4", b"2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::1", b"2001:db8:1:2::/64"), ("::ffff:203.0.113.9", b"203.0.113.9"),
    ("", b""), ("unix", b"unix"),
])  # fmt: skip
def test_an_address_is_counted_by_its_host_or_its_network(host, key):
    assert address_key(host) == key
