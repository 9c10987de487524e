"""What the composition root needs of the REST channel."""

from tongtu.channels.rest.app import build
from tongtu.channels.rest.hot.protocol import hot_protocol
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.site import read_site
from tongtu.channels.rest.wire import BoundedProtocol

__all__ = ["BoundedProtocol", "Parts", "build", "hot_protocol", "read_site"]
