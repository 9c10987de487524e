"""What a start is refused for before anything is opened: a platform that would not be what it says.

Stand-ins for the outside world belong to demo mode; they never come up by leaving a setting out.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Settings

SIMULATOR = "simulator"


def check_start(settings: Settings) -> None:
    """See that these settings name a platform that may be served.

    Raises:
        Broken: they do not; the message names the mend.
    """
    rail_name(settings)
    https = settings.https_address()
    hosts = (settings.host, *(https[:1] if https else ()))
    reached = [host for host in hosts if not _is_loopback(host)]
    if settings.demo and not settings.demo_exposed and reached:
        raise Broken(
            f"in demo mode anybody who reaches {reached[0]} may sign in as anybody synthetic; "
            "set TONGTU_HOST=127.0.0.1, or TONGTU_DEMO_EXPOSED=true if that is meant"
        )


def rail_name(settings: Settings) -> str:
    """Return who carries the money: "simulator", or the host of the rail's address.

    Raises:
        Broken: no rail is named outside demo mode, or its address is none.
    """
    if settings.bank_url is None:
        if settings.demo:
            return SIMULATOR
        raise Broken(
            "no payment rail is named; set TONGTU_BANK_URL to the rail's address "
            "(the simulator carries money in demo mode only: tongtu serve --demo)"
        )
    try:
        address = urlsplit(settings.bank_url)
    except ValueError:
        address = urlsplit("")
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise Broken("TONGTU_BANK_URL is not an address; write it as https://rail.example/path")
    return address.hostname


def _is_loopback(host: str) -> bool:
    # A name other than this one may lead anywhere, to here today and elsewhere tomorrow.
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
