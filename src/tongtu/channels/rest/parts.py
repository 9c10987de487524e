"""What the routes are handed by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tongtu.channels.rest.site import File
from tongtu.identity.api import Doorkeeper
from tongtu.runtime.api import Runtime


@dataclass(slots=True)
class Parts:
    """The running platform, as far as its routes need to know it."""

    runtime: Runtime
    doorkeeper: Doorkeeper
    version: str
    instance: str  # begins the request ids of this process
    consent_version: str
    lender_numbers: Mapping[str, int]
    readiness: Callable[[], Awaitable[dict[str, str]]]
    site: dict[str, File] = field(default_factory=dict)

    @property
    def lender_ids(self) -> dict[int, str]:
        """The public name of each lender by its number."""
        return {number: name for name, number in self.lender_numbers.items()}
