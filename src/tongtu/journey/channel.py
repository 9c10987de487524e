"""A case of verification goes on elsewhere: a code as text and picture, and who comes with it."""

from __future__ import annotations

import io

import msgspec

from tongtu.identity.api import Caller, CommandKey, Role, once
from tongtu.journey.verification import Platform, view
from tongtu.kernel.errors import NotReady
from tongtu.runtime.api import Connection
from tongtu.verification import api as verification
from tongtu.verification.api import Channel

# Fifteen in a hundred of the little squares may be lost (ISO 18004, M): glass is seldom clean.
CORRECTION = "m"
SCALE = 6


async def make_resume_code(
    platform: Platform, caller: Caller, wish: tuple[int, Channel], key: CommandKey
) -> bytes:
    """Make the code that moves a case (case, channel) on; return it, and its picture, as JSON.

    Only the code of the newest call is good, and for ten minutes.

    Raises NotFound, Conflict: as `find_open_case`; NotReady: `not_installed`.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        code = await verification.make_code(connection, runtime, caller, *wish)
        told = {"number": code.number, "channel": code.to.value, "expires_at": code.expires_at}
        return msgspec.json.encode(told)  # what is stored of the answer opens nothing

    told = msgspec.json.decode(await once(runtime, caller, "make_resume_code", key, effect))
    text = verification.code_text(runtime, told.pop("number"))
    return msgspec.json.encode({**told, "code": text, "qr_svg": draw_code(text)})


async def resume_verification(
    platform: Platform, caller: Caller, code: str, key: CommandKey
) -> bytes:
    """Go on with a case by its code, once; return the case as its person sees it.

    Raises NotFound, NotAllowed, Conflict: as `resume`.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        case = await verification.resume(connection, runtime, caller, code)
        if caller.role is not Role.BORROWER:
            case = await verification.reassign(connection, case, caller.subject)
        kept = await verification.elements(connection, case)
        return msgspec.json.encode(view(platform, case, kept))

    return await once(runtime, caller, "resume_verification", key, effect)


def draw_code(text: str) -> str:
    """Return a code as an SVG of little squares. Raises NotReady: `not_installed`."""
    try:
        import segno  # noqa: PLC0415 - optional extra
    except ImportError:
        raise NotReady(
            "a code is drawn where the extra is installed: tongtu[identity]", code="not_installed"
        ) from None
    drawn = io.BytesIO()
    segno.make(text, error=CORRECTION).save(drawn, kind="svg", scale=SCALE, xmldecl=False)
    return drawn.getvalue().decode()
