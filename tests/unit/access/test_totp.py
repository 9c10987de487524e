"""Codes of an authenticator app; vectors of RFC 6238, appendix B (SHA-1), last six digits."""

from datetime import UTC, datetime, timedelta

import pytest

from tongtu.access.rules.device import device_name
from tongtu.access.rules.totp import code_of, set_up_uri, step_of, step_that_fits

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(("second", "code"), [
    (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
    (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
])  # fmt: skip
def test_codes_are_those_of_the_rfc(second, code):
    at = datetime.fromtimestamp(second, UTC)

    assert code_of(SECRET, step_of(at)) == code
    assert step_that_fits(SECRET, code, at) == second // 30


def test_a_clock_may_be_half_a_minute_off_and_no_more():
    at = datetime(2026, 11, 24, 6, 2, tzinfo=UTC)
    code, step = code_of(SECRET, step_of(at)), step_of(at)

    seconds = (-31, -30, -1, 0, 59, 60)
    assert [step_that_fits(SECRET, code, at + timedelta(seconds=s)) for s in seconds] == [
        None, step, step, step, step, None,
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["", "28708", "2870820", "２８７０８２", "abcdef"])
def test_what_is_no_code_fits_nothing(code):
    assert step_that_fits(SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_an_app_reads_the_secret_in_base32():
    assert set_up_uri(SECRET, "wang.li") == (
        "otpauth://totp/Tongtu:wang.li?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tongtu"
    )


@pytest.mark.parametrize(("said", "name"), [
    ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari/537.36",
     "Chrome · Android"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0", "WeChat · iPhone"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
    ("curl/8", ""), ("", ""), ("x" * 500 + "Firefox", ""),
])  # fmt: skip
def test_a_device_is_named_by_browser_and_system_and_no_more(said, name):
    assert device_name(said) == name
