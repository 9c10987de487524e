"""How fast one caller may go: a bucket of requests each, refilled evenly, in bounded memory."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

# A hundred bytes or so each: some 5 MB. Beyond it the one that asked longest ago is forgotten,
# who had the fullest bucket of all.
KEPT_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, so many at once."""

    per_s: float
    burst: int


class Pace:
    """Buckets by key. Reads no clock: the time is handed in, in seconds that only grow."""

    def __init__(self, rate: Rate, kept_max: int = KEPT_MAX) -> None:
        self._rate = rate
        self._kept_max = kept_max
        # key -> what is left, and as of when; the one that asked last stands last.
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def take(self, key: bytes, at_s: float) -> int | None:
        """Take one request; when none is left, take none and return in how many seconds one is."""
        rate = self._rate
        left, since_s = self._left.pop(key, (float(rate.burst), at_s))
        left = min(float(rate.burst), left + max(0.0, at_s - since_s) * rate.per_s)
        is_taken = left >= 1
        self._left[key] = (left - 1 if is_taken else left, max(at_s, since_s))
        if len(self._left) > self._kept_max:
            self._left.popitem(last=False)
        return None if is_taken else max(1, math.ceil((1 - left) / rate.per_s))

    def __len__(self) -> int:
        """Return how many keys are kept."""
        return len(self._left)


def address_key(host: str) -> bytes:
    """Return what a client's address is counted by: a host may take any of a /64 of IPv6."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.encode()
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped).encode()
        return str(ip_network((address, 64), strict=False)).encode()
    return str(address).encode()
