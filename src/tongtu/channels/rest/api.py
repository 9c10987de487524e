"""What the composition root needs of the REST channel."""

from tongtu.channels.rest.app import build, build_ordinary
from tongtu.channels.rest.hot.protocol import hot_protocol
from tongtu.channels.rest.openapi import document
from tongtu.channels.rest.pages import check_pages
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.site import read_site
from tongtu.channels.rest.wire import BoundedProtocol


def api_document(parts: Parts) -> bytes:
    """Return the OpenAPI document of the routes, as the platform serves it."""
    return document(build_ordinary(parts))


__all__ = [
    "BoundedProtocol",
    "Parts",
    "api_document",
    "build",
    "check_pages",
    "hot_protocol",
    "read_site",
]
