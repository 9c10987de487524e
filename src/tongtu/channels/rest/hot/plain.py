"""Reads a request that came whole and in the plainest form, as the server's library would read it.

It knows no more of HTTP than that form: whatever differs from it in one byte (another header, the
same one twice, a body still on its way, a second request behind it) is left to the library.
"""

from __future__ import annotations

from tongtu.channels.rest.body import BODY_BYTES_MAX
from tongtu.channels.rest.wire import HEAD_BYTES_MAX

_END = b"\r\n\r\n"
_LENGTH = b"content-length"
_DIGITS_MAX = len(str(BODY_BYTES_MAX))
_VISIBLE = bytes(range(0x20, 0x7F))
# Headers that say nothing of how the message is framed, or of what becomes of the connection.
_HARMLESS = (
    b"accept", b"accept-encoding", b"accept-language", b"authorization", _LENGTH,
    b"content-type", b"cookie", b"host", b"idempotency-key", b"origin", b"referer",
    b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site", b"user-agent", b"x-forwarded-for",
    b"x-forwarded-proto", b"x-real-ip", b"x-request-id",
)  # fmt: skip
# By both usual spellings; there are fewer than the library may be given.
_NAMES = {spelled: name for name in _HARMLESS for spelled in (name, name.title())}


class PlainForm:
    """Knows one address: the requests to it that need no parser."""

    def __init__(self, method: bytes, url: bytes) -> None:
        self._line = b"%b %b HTTP/1.1\r\n" % (method, url)

    def read(self, data: bytes) -> tuple[dict[bytes, bytes], bytes] | None:
        """Return headers and body of the one request that `data` is, None when it is not plain."""
        if not data.startswith(self._line):
            return None
        end = data.find(_END, 0, HEAD_BYTES_MAX)
        if end < len(self._line):
            return None
        lines = data[len(self._line) : end].split(b"\r\n")
        headers: dict[bytes, bytes] = {}
        for line in lines:
            spelled, _, value = line.partition(b": ")
            name = _NAMES.get(spelled)
            # The library drops what stands around a value; nothing that it could drop is plain.
            if name is None or name in headers or value.strip() != value:
                return None
            headers[name] = value
        length, body = headers.get(_LENGTH, b""), data[end + len(_END) :]
        if not length.isdigit() or len(length) > _DIGITS_MAX or int(length) != len(body):
            return None
        # Of one message no byte but visible ones: a lone CR or LF would be read in two ways.
        if not body or len(body) > BODY_BYTES_MAX or b"".join(lines).translate(None, _VISIBLE):
            return None
        return headers, body
