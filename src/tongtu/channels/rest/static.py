"""`/` and `/console`: the web builds when they exist, else a page that says what to do.

Only files found at start are served, by exact address, so no address can leave the folder.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from tongtu.channels.rest.auth import PUBLIC, SITE
from tongtu.channels.rest.site import File


def routes(site: dict[str, File]) -> list[HTTPRouteHandler]:
    """Return the route that serves exactly these addresses."""

    @get(list(site), opt=PUBLIC | {SITE: True}, include_in_schema=False)
    async def find_file(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Serve one file of the web builds."""
        path = request.scope["path"]
        file = site[path if path in site else path.rstrip("/")]
        headers = {"cache-control": file.cache, "etag": file.etag}
        if request.headers.get("if-none-match") == file.etag:
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        return Response(file.content, headers=headers, media_type=file.media_type)

    # No build, no route: an empty list of addresses would be the root itself.
    return [find_file] if site else []
