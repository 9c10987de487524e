"""`tongtu serve`: everything a platform needs, opened in order and closed in the other order."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from litestar.types import ASGIApp

from tongtu.channels.rest.api import BoundedProtocol, Parts, build, hot_protocol
from tongtu.kernel.errors import Broken
from tongtu.main.https import certificate_file
from tongtu.main.platform import open_parts
from tongtu.main.refusal import check_start
from tongtu.main.serve_note import SERVED, write_note
from tongtu.runtime.api import (
    Settings,
    configure_logs,
    get_logger,
    open_runtime,
    settle_memory,
    until_stopped,
)

BACKLOG = 2_048
# Longer than the 60 s of usual proxies, so that it is never we who close first.
KEEP_ALIVE_S = 75
log = get_logger("serve")


class _Server(uvicorn.Server):
    """Leaves signals to us: the platform stops in order, and the server is one part of it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(settings: Settings) -> None:
    """Run the platform until SIGTERM or SIGINT.

    Raises:
        Broken: a part is not in order; the message says the mend.
    """
    check_start(settings)
    configure_logs(settings.log_level)
    async with until_stopped() as stop, AsyncExitStack() as stack:
        settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        listener = _listen(settings.host, settings.port)
        stack.callback(listener.close)
        secure = settings.https_address()
        if secure is not None:
            secure_listener = _listen(*secure)
            stack.callback(secure_listener.close)
        runtime = await stack.enter_async_context(open_runtime(settings))
        url = _url(settings, listener)
        parts = await open_parts(runtime, stack, url)
        settle_memory()
        https = None
        if secure is not None:
            https = Secure(secure_listener, certificate_file(runtime, secure[0]))
        served = asyncio.create_task(serve_http(parts, listener, https))
        stack.push_async_callback(_end, parts, served)
        write_note(
            settings.home / SERVED,
            {"pid": os.getpid(), "url": url, "demo": settings.demo, "https": settings.https},
        )
        stack.callback((settings.home / SERVED).unlink, missing_ok=True)
        log.info("serving", url=url, demo=settings.demo)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((stopping, served), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if served.done():
            raise Broken("the HTTP server ended by itself") from served.exception()
        log.info("stopping")


def http_config(
    app: ASGIApp, settings: Settings, protocol: type[BoundedProtocol] = BoundedProtocol
) -> uvicorn.Config:
    """Return how `app` is served over HTTP, behind what `protocol` answers by itself."""
    proxies = settings.proxies()
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # A client's own X-Forwarded-For must not choose its rate limit.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.stop_timeout_s,
    )


@dataclass(frozen=True, slots=True)
class Secure:
    """Where the same is served over https, and by which certificate (PEM, with its key)."""

    listener: socket.socket
    certificate: Path


async def serve_http(parts: Parts, listener: socket.socket, secure: Secure | None = None) -> None:
    """Answer over HTTP, by both doors, until the platform stops and what was asked is answered."""
    app, protocol = build(parts), hot_protocol(parts)
    listeners, configs = [listener], [http_config(app, parts.runtime.settings, protocol)]
    if secure is not None:
        config = http_config(app, parts.runtime.settings, protocol)
        config.ssl_certfile = str(secure.certificate)
        listeners.append(secure.listener)
        configs.append(config)
    servers = [_Server(config) for config in configs]
    waiting = asyncio.create_task(_stop_with(parts, servers))
    serving = zip(servers, listeners, strict=True)
    try:
        await asyncio.gather(*(one.serve(sockets=[its]) for one, its in serving))
    finally:
        waiting.cancel()


async def _stop_with(parts: Parts, servers: Sequence[uvicorn.Server]) -> None:
    await parts.stopping.wait()
    for server in servers:
        server.should_exit = True


async def _end(parts: Parts, served: asyncio.Task[None]) -> None:
    """Take no new request, finish those under way, then let the workers stop."""
    parts.stopping.set()
    with suppress(asyncio.CancelledError):
        await served


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, taken before anything is started.

    Raises:
        Broken: the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        raise Broken(
            f"cannot listen on {host}:{port} ({fault.strerror}); "
            "choose another port with TONGTU_PORT, 0 takes a free one"
        ) from fault
    listener.setblocking(False)
    return listener


def _url(settings: Settings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{port}"
