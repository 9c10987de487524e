"""What a licensed verifier's answer must look like before anybody believes it. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from tongtu.kernel.errors import BadInput
from tongtu.verification.model import Found

ANSWER_BYTES_MAX = 16 * 1024
# How far an authority's clock may be from ours.
SKEW_MAX = timedelta(minutes=10)
RESULTS = {"match": Found.YES, "mismatch": Found.NO, "not_found": Found.PERSON}


class BadAnswer(BadInput):
    """An answer that is cut, forged, old, or to another question."""

    default_code = "bad_answer"


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authority says of the elements it was asked about."""

    question: str
    elements: str  # SHA-256 of the elements, so that an answer to others is no answer
    result: str
    made_at: datetime


_decoder = msgspec.json.Decoder(Answer)


def digest_of(elements: Mapping[str, str]) -> str:
    """Return the SHA-256 of named elements, each with its length, in the order of their names."""
    parts = [f"{name}:{len(value)}:{value}" for name, value in sorted(elements.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sign(secret: bytes, time: str, body: bytes) -> str:
    """Return the signature over time and raw body."""
    return hmac.digest(secret, f"{time}\n".encode() + body, "sha256").hex()


def read_answer(
    body: bytes, question: int, elements: Mapping[str, str], at: datetime
) -> tuple[str, Found]:
    """Return the word and what it means for exactly this question. Raises BadAnswer."""
    if len(body) > ANSWER_BYTES_MAX:
        raise BadAnswer("an answer is too large")
    try:
        answer = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer("an answer cannot be read") from None
    if (answer.question, answer.elements) != (str(question), digest_of(elements)):
        raise BadAnswer("an answer is to another question")
    if answer.made_at.tzinfo is None or abs(answer.made_at - at) > SKEW_MAX:
        raise BadAnswer("an answer is of another time")
    found = RESULTS.get(answer.result)
    if found is None:
        raise BadAnswer("an answer says what nobody knows")
    return answer.result, found
