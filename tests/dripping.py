"""A server that answers so slowly that no single read of it is late, and only the whole is."""

import asyncio

HEAD = b"HTTP/1.1 200 -\r\nContent-Length: 2\r\n"
# A byte each hundredth of a second, for about two: far longer than the bounds the tests give.
PAUSE_S, LENGTH = 0.01, 200


async def drip(reader, writer):
    """Answer 200 a byte at a time, until all is said or the other side has gone."""
    await reader.readuntil(b"\r\n\r\n")
    try:
        for byte in HEAD + b"X: " + b"-" * LENGTH + b"\r\n\r\n{}":
            writer.write(bytes([byte]))
            await writer.drain()
            if await _has_gone(reader):
                break
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _has_gone(reader):
    try:
        async with asyncio.timeout(PAUSE_S):
            return not await reader.read(4_096)
    except TimeoutError:
        return False
