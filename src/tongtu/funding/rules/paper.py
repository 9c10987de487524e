"""How a remote lender signs a paper: it is sent the paper, and returns a CMS over its byte range.

Strict forms over the wire, with bounds. Pure.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Annotated

import msgspec

from tongtu.funding.rules.remote import BadAnswer

KEY_BYTES_MAX = 2 * 1024
CMS_BYTES_MAX = 16 * 1024
_Id = Annotated[str, msgspec.Meta(max_length=40)]


class PaperKeyAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public half of the key (P-256, DER in base64) by which the lender signs papers."""

    lender: _Id
    public: Annotated[str, msgspec.Meta(max_length=KEY_BYTES_MAX)]


class PaperAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A paper to be signed; `byte_range` is what of it is signed, `at` the time it is signed at.

    The figures are those the lender promised in its answer to `request`.
    """

    request: str
    lender: str
    agreement: str
    field: str
    principal_minor: int
    rate_bps: int
    tenor_months: int
    fee_monthly_minor: int
    at: str
    certificate: str
    byte_range: tuple[int, int, int, int]
    paper: str


class PaperAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lender's CMS over the byte range (DER in base64)."""

    request: _Id
    cms: Annotated[str, msgspec.Meta(max_length=2 * CMS_BYTES_MAX)]


_encode = msgspec.json.Encoder(order="sorted").encode
_key = msgspec.json.Decoder(PaperKeyAnswer)
_answer = msgspec.json.Decoder(PaperAnswer)


def write_paper_ask(ask: PaperAsk) -> bytes:
    """Return the one form of a request to sign."""
    return _encode(ask)


def read_paper_key(body: bytes, lender: str) -> bytes:
    """Return the public key (DER) of exactly this lender. Raises BadAnswer."""
    try:
        answer = _key.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer("a paper key cannot be read") from None
    if answer.lender != lender:
        raise BadAnswer("a paper key is of another lender")
    return _raw(answer.public)


def read_paper_answer(body: bytes, request: str) -> bytes:
    """Return the CMS (DER) that answers exactly this request. Raises BadAnswer."""
    try:
        answer = _answer.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer("a signature cannot be read") from None
    if answer.request != request:
        raise BadAnswer("a signature is of another request")
    return _raw(answer.cms)


def packed(raw: bytes) -> str:
    """Return bytes as these forms carry them."""
    return b64encode(raw).decode()


def _raw(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise BadAnswer("a part is not base64") from None
