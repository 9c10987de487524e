"""The web builds' files as they are served, or the page that says how to build them."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "web" / "static"
_PREFIXES = {"borrower": "/", "console": "/console"}
# Files that pages of others load, beside the borrower's own: no start page.
_SHARED = ("widget",)
# Addresses of the console beside the one it starts at: each serves its start page.
_ALSO = ("/console/style",)
FILE_BYTES_MAX = 4_000_000
FILES_MAX = 2_000
_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
# What Python's table lacks or some systems name otherwise.
_TYPES = {
    ".js": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".map": "application/json",
}
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>通途 Tongtu</title></head>
<body><h1>通途 Tongtu</h1>
<p>平台已在运行；网页尚未构建。The platform is running; the web pages are not built yet.</p>
<p>构建网页 Build them (needs Node 20): <code>make web</code>，然后重新启动 then start again:
<code>make run</code></p>
<ul><li><a href="/schema">/schema</a> OpenAPI 3.1</li>
<li><a href="/health">/health</a></li><li><a href="/ready">/ready</a></li>
<li><a href="/metrics">/metrics</a></li><li><a href="/v1/products">/v1/products</a></li></ul>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a web build, as it is sent."""

    content: bytes
    media_type: str
    cache: str
    etag: str


def read_site(folder: Path = FOLDER) -> dict[str, File]:
    """Return every file by its address; a missing build is the page that says what to do."""
    site: dict[str, File] = {}
    for build, prefix in _PREFIXES.items():
        site[prefix] = _file(PAGE.encode(), "text/html", _ASK_AGAIN)
        site |= {
            prefix if name == "index.html" else f"{prefix.rstrip('/')}/{name}": file
            for name, file in _files(folder / build)
        }
    for build in _SHARED:
        site |= {f"/{name}": file for name, file in _files(folder / build)}
    return site | dict.fromkeys(_ALSO, site["/console"])


def _files(root: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(root.rglob("*"))[:FILES_MAX]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= FILE_BYTES_MAX:
            name = path.relative_to(root).as_posix()
            yield name, _file(path.read_bytes(), _type_of(path), _cache_of(name))


def _file(content: bytes, media_type: str, cache: str) -> File:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return File(content, media_type, cache, etag)


def _type_of(path: Path) -> str:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return kind or "application/octet-stream"


def _cache_of(name: str) -> str:
    # Names under assets/ carry the hash of their content; a service worker must never be stale.
    return _YEAR if name.startswith("assets/") else _ASK_AGAIN
