"""What a password of staff may be, and how long one that was handed out opens anything. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from tongtu.kernel.errors import BadInput

LENGTH_MIN, LENGTH_MAX = 12, 128
DIFFERENT_MIN = 5
# Somebody else has seen a password that was handed out; it is for the first sign-in only.
HANDED_OUT_LIFE = timedelta(hours=72)
# What somebody tries first who knows the house, its roles and departments, and what most people
# type. Shorter words would stand in good passwords by chance.
WORDS = (
    "tongtu", "通途", "operator", "analyst", "regulator", "merchant", "lender", "borrower",
    "digital_finance", "digitalfinance", "head_office", "headoffice", "branch_",
    "password", "passw0rd", "letmein", "welcome", "iloveyou", "qwerty", "asdfgh", "1q2w3e",
    "123456", "654321", "abcdef", "abc123", "5201314", "woaini", "administrator",
)  # fmt: skip


def check_password(password: str, login: str) -> None:
    """Refuse a password that is short, of few different characters, or easily guessed.

    Raises:
        BadInput: code `weak_password`; the password itself is not repeated.
    """
    lowered = password.lower()
    is_long = LENGTH_MIN <= len(password) <= LENGTH_MAX
    is_guessed = login in lowered or any(word in lowered for word in WORDS)
    if not is_long or is_guessed or len(set(password)) < DIFFERENT_MIN:
        raise BadInput(
            f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters, {DIFFERENT_MIN} of them"
            " different, and holds neither the login nor a word that others try first",
            code="weak_password",
        )


def is_over(*, is_handed_out: bool, set_at: datetime, at: datetime) -> bool:
    """Tell whether a password that nobody has changed since it was handed out is void by now."""
    return is_handed_out and at - set_at > HANDED_OUT_LIFE
