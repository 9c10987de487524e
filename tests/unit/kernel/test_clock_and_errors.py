"""Business dates are the business zone's; every named fault has one stable code and status."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.kernel import errors
from tongtu.kernel.clock import FixedClock, business_date_of
from tongtu.kernel.errors import TongtuError


def test_a_business_date_changes_at_midnight_of_its_zone():
    before = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)

    assert business_date_of(before) == date(2026, 11, 24)
    assert business_date_of(before + timedelta(seconds=1)) == date(2026, 11, 25)
    assert business_date_of(before, "America/New_York") == date(2026, 11, 24)


def test_an_instant_without_a_zone_is_refused():
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the case itself
    for refused in (business_date_of, FixedClock):
        with pytest.raises(ValueError, match="aware of its zone"):
            refused(naive)


def test_a_fixed_clock_moves_only_when_told():
    clock = FixedClock()
    first, mono = clock.now(), clock.monotonic_s()
    assert clock.now() == first

    clock.advance(timedelta(minutes=5))

    assert clock.now() - first == timedelta(minutes=5)
    assert clock.monotonic_s() - mono == 300


def test_every_fault_has_its_own_code_and_stands_in_the_tree_that_is_written_down():
    kinds, found = [TongtuError], {}
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__ == errors.__name__:
            found[kind.__name__] = (kind.default_code, kind.status, kind.retryable)

    assert found == {
        "TongtuError": ("broken", 500, False),
        "BadInput": ("bad_input", 422, False),
        "TooLarge": ("too_large", 413, False),
        "NotSignedIn": ("not_signed_in", 401, False),
        "NotAllowed": ("not_allowed", 403, False),
        "NotFound": ("not_found", 404, False),
        "Conflict": ("conflict", 409, False),
        "KeyReused": ("key_reused", 409, False),
        "Refused": ("refused", 422, False),
        "TooMany": ("too_many", 429, True),
        "Overloaded": ("overloaded", 503, True),
        "NotReady": ("not_ready", 503, True),
        "DeadlinePassed": ("deadline_passed", 504, True),
        "Broken": ("broken", 500, False),
    }
    for name, (_, status, _) in found.items():
        row = next(
            line
            for line in errors.__doc__.splitlines()
            if line.split()[-1:] == [name] or f"── {name} " in line
        )
        assert name == "TongtuError" or str(status) in row
