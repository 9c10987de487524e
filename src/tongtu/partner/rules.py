"""How a delivery is signed, when it is tried again, and where it may not go. Pure."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from tongtu.kernel.errors import BadInput
from tongtu.kernel.gm import Sm2Private
from tongtu.partner.model import PAUSE_FACTOR, PAUSE_MAX_S, PAUSE_MIN_S, Kind

URL_MAX = 500
# Addresses that carry another one inside, which this test would not see.
_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32"))


class BadAddress(BadInput):
    """A webhook's address that nothing is sent to."""

    default_code = "bad_address"


def show_secret(secret: bytes) -> str:
    """Return a secret as a partner keeps it."""
    return f"whsec_{b64encode(secret).decode()}"


def sign(
    secrets: Sequence[bytes], name: str, at: datetime, body: bytes, sm2: Sm2Private | None = None
) -> dict[str, str]:
    """Return the headers of a delivery: id, time, and one signature for each secret that holds.

    HMAC-SHA256 over `id.time.body`, as the Standard Webhooks specification has it; with an SM2 key
    one more over the same bytes, marked `sm2`, which who does not know it skips.
    """
    time = str(int(at.timestamp()))
    text = f"{name}.{time}.".encode() + body
    made = [f"v1,{b64encode(hmac.digest(secret, text, 'sha256')).decode()}" for secret in secrets]
    if sm2 is not None:
        made.append(f"sm2,{b64encode(sm2.sign(text)).decode()}")
    return {"webhook-id": name, "webhook-timestamp": time, "webhook-signature": " ".join(made)}


def pause_s(attempts: int, chance: float) -> float:
    """Return the pause after so many attempts, with up to a half more by chance (0 to 1)."""
    pause: int = min(PAUSE_MIN_S * PAUSE_FACTOR ** min(attempts - 1, 10), PAUSE_MAX_S)
    return pause * (1 + chance / 2)


def check_events(events: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds in order, each once. Raises BadInput: none, or an unknown one."""
    known = {kind.value for kind in Kind} - {Kind.PING.value}
    if not events or set(events) - known:
        raise BadInput("name events of the list", fields={"events": "not known"})
    return tuple(sorted(set(events)))


def check_url(url: str, *, is_private_allowed: bool) -> str:
    """Return an address that may be written down; where it leads is looked at before each send.

    Raises:
        BadAddress: not https (http only where private addresses are allowed), with a name and
            password in it, or an address of this house by number.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        # The same test as before a name is looked up: no empty part, none above 63 letters.
        (parts.hostname or "").encode("idna")
    except ValueError:
        raise BadAddress("this is no address", fields={"url": "not an address"}) from None
    schemes = ("https", "http") if is_private_allowed else ("https",)
    is_plain = len(url) <= URL_MAX and url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in schemes or not parts.hostname or not is_plain:
        raise BadAddress("a webhook is an https address", fields={"url": "not https"})
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise BadAddress("an address without a name, password or fragment", fields={"url": "form"})
    if not is_private_allowed:
        try:
            number = ip_address(parts.hostname)
        except ValueError:
            return url
        if not is_public(number):
            raise BadAddress("nothing is sent to this address", fields={"url": "not public"})
    return url


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is of the public internet, and of nobody's own network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _CARRIERS):
            return False
    return address.is_global and not address.is_multicast
