"""A telephone operator over HTTP, by CAMARA's paths and fields."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

from tongtu.runtime.api import Runtime
from tongtu.verification.rules.answer import BadAnswer
from tongtu.verification.wire import SignedWire

T = TypeVar("T")


class _Verified(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    devicePhoneNumberVerified: bool  # noqa: N815 - the interface's own name


class _Swapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    swapped: bool


class HttpNetwork:
    """A `NetworkProvider` at an address."""

    name = "operator"

    def __init__(self, runtime: Runtime, url: str, secret: bytes) -> None:
        self._wire = SignedWire(runtime, url, secret)

    async def verify_number(self, phone: str, device_token: str) -> bool:
        """Tell whether the number is in the token's device. Raises NoAnswer, BadAnswer."""
        asked = {"phoneNumber": phone, "deviceToken": device_token}
        answer = await self._wire.post("/number-verification/v0/verify", json.dumps(asked).encode())
        return _read(answer, _Verified).devicePhoneNumberVerified

    async def is_swapped(self, phone: str, hours: int) -> bool:
        """Tell whether its SIM changed within so many hours. Raises NoAnswer, BadAnswer."""
        asked = {"phoneNumber": phone, "maxAge": hours}
        answer = await self._wire.post("/sim-swap/v0/check", json.dumps(asked).encode())
        return _read(answer, _Swapped).swapped

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()


def _read(answer: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer("an operator's answer cannot be read") from None
