"""The embedded server: the first process on a TONGTU_HOME owns it, later ones are its guests."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

from tongtu.kernel.errors import Broken
from tongtu.runtime.logs import get_logger
from tongtu.runtime.postgres.cluster import NAME, configure, make_cluster, mend_password
from tongtu.runtime.postgres.place import SOCKET_PORT, Place, find_place
from tongtu.runtime.postgres.process import (
    POLL_S,
    START_TIMEOUT_S,
    running_pid,
    start_server,
    stop_server,
)

WATCH_EVERY_S = 0.5
RESTART_PAUSE_MAX_S = 30
log = get_logger("postgres")


class EmbeddedPostgres:
    """One server over TONGTU_HOME/postgres. `options` override the server's configuration.

    The owner makes, starts, watches and stops it, and takes over one that a killed owner left
    running. A guest only uses it, and loses it when the owner stops.
    """

    def __init__(
        self,
        home: Path,
        *,
        user: str | None = None,
        port: int = 0,
        shared_mb: int = 256,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._home = home
        self._user = user
        self._port = port
        self._options = {"shared_buffers": f"{shared_mb}MB"} | dict(options or {})
        self._place: Place | None = None
        self._owner_lock: int | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def place(self) -> Place:
        """The server's folders; known once it was started."""
        if self._place is None:
            raise RuntimeError("the embedded PostgreSQL was not started")
        return self._place

    @property
    def is_owner(self) -> bool:
        """Whether this process starts and stops the server."""
        return self._owner_lock is not None

    @property
    def dsn(self) -> str:
        """The address of the platform's database, password included."""
        return self.address(NAME)

    def address(self, database: str) -> str:
        """Return the address of one database on this server, password included."""
        password = self.place.password.read_text(encoding="utf-8").strip()
        host = quote(str(self.place.sockets), safe="/")
        port = self._port or SOCKET_PORT
        return f"postgresql://{NAME}:{password}@/{database}?host={host}&port={port}"

    @property
    def pid(self) -> int | None:
        """The pid of our running server, or None."""
        return running_pid(self.place.data)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> str:
        """Make the cluster if there is none, start it, and return the database's address.

        Raises:
            Broken: the server does not start; the message says why and what to do.
        """
        await asyncio.to_thread(self._start)
        return self.dsn

    async def stop(self) -> None:
        """Stop the server if this process owns it: everything acknowledged is on disk."""
        await self.unwatch()
        if self._owner_lock is not None:
            try:
                await asyncio.to_thread(stop_server, self.place)
                with suppress(OSError):  # a guest's file may lie in it
                    self.place.sockets.rmdir()
            finally:
                os.close(self._owner_lock)
                self._owner_lock = None

    def watch(self) -> None:
        """Start the server again whenever it dies, until stopped. A guest watches nothing."""
        if self._watch is None and self.is_owner:
            self._watch = asyncio.create_task(self._keep_alive())

    async def unwatch(self) -> None:
        """Leave the server alone from now on, running or not."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None

    def _start(self) -> None:
        self._place = find_place(self._home, self._user)
        if self._owner_lock is None and not self._own_or_find():
            return
        try:
            make_cluster(self._place, is_durable=self._options.get("fsync") != "off")
            if self.pid is None:
                mend_password(self._place)
                configure(self._place, self._port, self._options)
                start_server(self._place)
        except BaseException:
            if self._owner_lock is not None:
                os.close(self._owner_lock)
                self._owner_lock = None
            raise

    def _own_or_find(self) -> bool:
        """Tell whether the server is ours to start; False once another process's answers.

        An owner that ends while we wait leaves it to us.
        """
        until = time.monotonic() + START_TIMEOUT_S
        ready = self.place.sockets / f".s.PGSQL.{self._port or SOCKET_PORT}"
        while True:
            self._owner_lock = _lock(self.place.base / "owner.lock")
            if self._owner_lock is not None:
                return True
            if self.pid is not None and ready.exists():
                return False
            if time.monotonic() > until:
                raise Broken(f"another process owns {self.place.base} and starts no server")
            time.sleep(POLL_S)

    async def _keep_alive(self) -> None:
        pause_s = WATCH_EVERY_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = WATCH_EVERY_S
            if self.pid is not None:
                continue
            log.warning("postgres_died", action="starting it again")
            try:
                await asyncio.to_thread(start_server, self.place)
            except (Broken, OSError) as fault:
                # A full disk or a taken port may mend itself; the pause keeps the log readable.
                pause_s = RESTART_PAUSE_MAX_S
                log.error("postgres_restart_failed", fault=str(fault))


def _lock(path: Path) -> int | None:
    """Take the file's lock and return its descriptor, None when another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
