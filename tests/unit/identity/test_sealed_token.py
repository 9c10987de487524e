"""Sealed tokens: read with the installation's key alone, and no other text counts."""

import base64
from datetime import UTC, datetime
from itertools import product

import pytest

from tongtu.identity.api import Caller, Role
from tongtu.identity.flow.sealed_token import (
    SEALED_LENGTH,
    BrokenSeal,
    ForeignSeal,
    TokenSeal,
)
from tongtu.identity.store.token import Found
from tongtu.runtime.api import Keys, SeededEntropy

ENTROPY = SeededEntropy(7)
KEYS = Keys(bytes(range(32)), ENTROPY)
MARK = bytes(16)
SEAL = TokenSeal(KEYS, MARK, 1)
UNTIL = datetime(2026, 11, 24, 1, 2, 3, 456_789, tzinfo=UTC)
MINE = Found(Caller(Role.BORROWER, 5 << 22, 0, 4_095), UNTIL)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("role", Role)
def test_a_sealed_token_gives_back_its_caller_and_its_end_to_the_microsecond(role):
    for subject, organisation in product((0, 1, (1 << 63) - 1), repeat=2):
        found = Found(Caller(role, subject, organisation, 3), UNTIL)

        text = SEAL.seal(found, ENTROPY)

        assert (len(text), SEAL.open(text)) == (SEALED_LENGTH, found)


def test_the_same_caller_gets_another_text_each_time_and_none_tells_whom_it_is_for():
    texts = {SEAL.seal(MINE, ENTROPY) for _ in range(20)}

    assert len(texts) == 20
    subject = (5 << 22).to_bytes(8, "big")
    assert not any(subject in base64.urlsafe_b64decode(text) for text in texts)


def test_a_token_with_one_letter_changed_is_no_token():
    text = SEAL.seal(MINE, ENTROPY)

    for place in range(SEALED_LENGTH):
        for letter in (LETTERS[LETTERS.index(text[place]) ^ bit] for bit in (1, 2, 4, 8, 16, 32)):
            changed = text[:place] + letter + text[place + 1 :]
            with pytest.raises((BrokenSeal, ForeignSeal)):
                SEAL.open(changed)


def test_a_token_has_one_text_so_that_ending_it_ends_it():
    """The decoder also reads "+" and "/", drops what is no letter, and needs no fixed end."""
    dashed = next(
        text for text in (SEAL.seal(MINE, ENTROPY) for _ in range(1_000))
        if "-" in text[3:] and "_" in text[3:]
    )  # fmt: skip
    same = (
        dashed.replace("-", "+"), dashed.replace("_", "/"), dashed + "*", dashed + "\n",
        dashed + "=", dashed[:40] + "*" + dashed[40:],
    )  # fmt: skip
    cut = (dashed[:-1] + "\n", dashed[:-1] + "=", dashed[:40] + "*" + dashed[41:])

    for other in same:
        assert base64.urlsafe_b64decode(other) == base64.urlsafe_b64decode(dashed)
    for other in same + cut:
        with pytest.raises(BrokenSeal):
            SEAL.open(other)


def test_another_epoch_root_key_or_database_reads_nothing():
    text = SEAL.seal(MINE, ENTROPY)

    with pytest.raises(ForeignSeal):
        TokenSeal(KEYS, MARK, 2).open(text)
    with pytest.raises(BrokenSeal):
        TokenSeal(Keys(bytes(32), ENTROPY), MARK, 1).open(text)
    with pytest.raises(BrokenSeal):
        TokenSeal(KEYS, bytes(15) + b"\x01", 1).open(text)


def test_a_body_sealed_for_another_epoch_is_not_taken_under_this_ones_mark():
    sealed = base64.urlsafe_b64decode(TokenSeal(KEYS, MARK, 2).seal(MINE, ENTROPY))
    forged = base64.urlsafe_b64encode(b"\x02\x01" + sealed[2:]).decode()

    with pytest.raises(BrokenSeal):
        SEAL.open(forged)
