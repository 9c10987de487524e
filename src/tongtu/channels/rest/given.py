"""What the application gives a route beside the request: the platform, the caller, the key."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency

from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, CommandKey

GivenParts: TypeAlias = NamedDependency[Parts]
GivenCaller: TypeAlias = NamedDependency[Caller]
GivenCommand: TypeAlias = NamedDependency[CommandKey]
