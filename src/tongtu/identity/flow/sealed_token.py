"""Tokens that carry their caller, sealed: whoever holds the key reads one alone.

A seal tells who and until when, never that a token was not ended meanwhile.
"""

from __future__ import annotations

import base64
import struct
from binascii import Error as NotBase64
from binascii import a2b_base64
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongtu.identity.model import Caller, Role
from tongtu.identity.store.token import Found
from tongtu.runtime.api import Entropy, Keys

SEALED_LENGTH = 76  # characters: 57 bytes without a filler, so one token has one text
_FORMAT = 2  # 1: the key was the same in every database of a root key
_MARK = struct.Struct(">BB")  # format, epoch of the key
_NONCE_BYTES = 12
_BODY = struct.Struct(">BHqqq")  # role, cell, subject, organisation, expiry in µs since 1970
_BODY_AT = _MARK.size + _NONCE_BYTES
_BYTES = SEALED_LENGTH * 3 // 4  # so many come out only when every character is a letter
# By place: a place is never given another meaning.
_ROLES = (
    Role.BORROWER, Role.LENDER, Role.MERCHANT, Role.CLERK, Role.ANALYST, Role.OPERATOR,
    Role.REGULATOR,
)  # fmt: skip
_PLACES = {role: place for place, role in enumerate(_ROLES)}
# What the decoder calls the last two letters, whose other spelling is no letter of ours; the
# library's own call costs three times as much.
_LETTERS = bytes.maketrans(b"-_+/", b"+/**")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ForeignSeal(Exception):
    """Sealed by a key that is not this epoch's: only the table knows whether it counts."""


class BrokenSeal(Exception):
    """No token of ours: it was changed, or made by somebody without the key."""


class TokenSeal:
    """Seals and opens tokens under the key of one database and epoch (AES-256-GCM, random nonces).

    `of` is the mark of the database: what was sealed for another opens nothing here.
    """

    def __init__(self, keys: Keys, of: bytes, epoch: int) -> None:
        self._mark = _MARK.pack(_FORMAT, epoch)
        self._cipher = AESGCM(keys.derive(f"token/{of.hex()}/{epoch}"))

    def seal(self, found: Found, entropy: Entropy) -> str:
        """Return a new token's text; two for the same caller differ."""
        caller, expires_at = found
        body = _BODY.pack(
            _PLACES[caller.role],
            caller.cell,
            caller.subject,
            caller.organisation,
            (expires_at - _EPOCH) // _MICROSECOND,
        )
        nonce = entropy.bytes(_NONCE_BYTES)
        sealed = self._mark + nonce + self._cipher.encrypt(nonce, body, self._mark)
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, text: str) -> Found:
        """Return whom a token speaks for, and until when; no time is looked at.

        Raises:
            ForeignSeal: another format or another epoch's key.
            BrokenSeal: it is not what was sealed, to the last bit and character.
        """
        try:
            sealed = a2b_base64(text.encode().translate(_LETTERS))
        except NotBase64:
            raise BrokenSeal from None
        mark, nonce, body = sealed[: _MARK.size], sealed[_MARK.size : _BODY_AT], sealed[_BODY_AT:]
        if mark != self._mark:
            raise ForeignSeal
        # The decoder skips what is no letter: a second text would have a second hash, which nobody
        # could end.
        if len(text) != SEALED_LENGTH or len(sealed) != _BYTES:
            raise BrokenSeal
        try:
            opened = self._cipher.decrypt(nonce, body, self._mark)
        except (InvalidTag, ValueError):
            raise BrokenSeal from None
        place, cell, subject, organisation, expires_us = _BODY.unpack(opened)
        caller = Caller(_ROLES[place], subject, organisation, cell)
        return Found(caller, _EPOCH + timedelta(microseconds=expires_us))
