"""Starts and stops the embedded server; adopts one of ours that runs already."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncpg

from tongtu.kernel.errors import Broken
from tongtu.runtime.logs import get_logger
from tongtu.runtime.postgres.place import Place, find_place
from tongtu.runtime.seams import SystemEntropy

NAME = "tongtu"
START_TIMEOUT_S = 60
WATCH_EVERY_S = 0.5
LOG_TAIL_LINES = 12
SOCKET_PORT = 5432  # names the socket file; no TCP port is opened unless one is set
# Recovery after a crash reads at most 2 GB of log: seconds, not minutes.
CONFIGURATION = {
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "5min",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
    "autovacuum_naptime": "20s",
}
log = get_logger("postgres")


class EmbeddedPostgres:
    """One server over TONGTU_HOME/postgres. `options` override the server's configuration."""

    def __init__(
        self,
        home: Path,
        *,
        user: str | None = None,
        port: int = 0,
        shared_mb: int = 256,
        options: dict[str, str] | None = None,
    ) -> None:
        self._home = home
        self._user = user
        self._port = port
        self._options = CONFIGURATION | {"shared_buffers": f"{shared_mb}MB"} | (options or {})
        self._place: Place | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def place(self) -> Place:
        """The server's folders; known once it was started."""
        if self._place is None:
            raise RuntimeError("the embedded PostgreSQL was not started")
        return self._place

    @property
    def dsn(self) -> str:
        """The address of the platform's database, password included."""
        return self.address(NAME)

    def address(self, database: str) -> str:
        """Return the address of one database on this server, password included."""
        password = self.place.password.read_text(encoding="utf-8").strip()
        host = quote(str(self.place.sockets), safe="")
        port = self._port or SOCKET_PORT
        return f"postgresql://{NAME}:{password}@/{database}?host={host}&port={port}"

    @property
    def pid(self) -> int | None:
        """The pid of our running server, or None."""
        return _running_pid(self.place.data)

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
        self._place = await asyncio.to_thread(find_place, self._home, self._user)
        await asyncio.to_thread(self._prepare)
        if self.pid is None:
            await asyncio.to_thread(self._start)
        await self._make_database()
        return self.dsn

    async def stop(self) -> None:
        """Stop the server: sessions are ended, everything acknowledged is on disk."""
        await self.unwatch()
        if self._place is not None and self.pid is not None:
            await asyncio.to_thread(
                self.place.run, "pg_ctl", "-D", self.place.data, "-m", "fast", "-w", "stop"
            )

    def watch(self) -> None:
        """Start the server again whenever it dies, until stopped."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep_alive())

    async def unwatch(self) -> None:
        """Leave the server alone from now on, running or not."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            if self.pid is None:
                log.warning("postgres_died", action="starting it again")
                try:
                    await asyncio.to_thread(self._start)
                except Broken as fault:
                    log.error("postgres_restart_failed", fault=fault.detail)

    def _prepare(self) -> None:
        place = self.place
        if not place.password.exists():
            descriptor = os.open(place.password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(descriptor, SystemEntropy().token().encode())
            os.close(descriptor)
        if not place.data.exists():
            self._make_cluster()
        version = (place.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        own = (place.binaries.parent / "include").glob("*/pg_config.h")
        major = next((_major(path) for path in own), version)
        if version != major:
            raise Broken(
                f"{place.data} is of PostgreSQL {version} and this program brings {major}; "
                "move it with pg_dump of the old version, or set TONGTU_DSN"
            )
        port = f"port = {self._port or SOCKET_PORT}\n"
        listen = f"listen_addresses = '{'127.0.0.1' if self._port else ''}'\n"
        sockets = str(place.sockets).replace("'", "''")
        lines = "".join(f"{name} = '{value}'\n" for name, value in self._options.items())
        (place.data / "postgresql.auto.conf").write_text(
            f"{port}{listen}unix_socket_directories = '{sockets}'\n{lines}", encoding="utf-8"
        )

    def _make_cluster(self) -> None:
        """Run initdb aside and rename: a cluster made half way is never taken for a whole one."""
        place = self.place
        draft = place.data.with_name("draft")
        shutil.rmtree(draft, ignore_errors=True)
        secret = place.sockets / "password"
        secret.write_text(place.password.read_text(encoding="utf-8"), encoding="utf-8")
        secret.chmod(0o600)
        if place.user is not None:
            shutil.chown(secret, pwd.getpwnam(place.user).pw_uid)
        ended = place.run(
            "initdb", "-D", draft, "-U", NAME, "--auth=scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
        )  # fmt: skip
        secret.unlink()
        if ended.returncode:
            raise Broken(f"the database could not be made: {self._why()}")
        draft.rename(place.data)

    def _start(self) -> None:
        place = self.place
        lock = place.data / "postmaster.pid"
        if _running_pid(place.data) is None:
            # Left by a killed server; its pid may be another program's by now.
            lock.unlink(missing_ok=True)
        ended = place.run(
            "pg_ctl", "-D", place.data, "-w", "-t", str(START_TIMEOUT_S), "-l", place.data / "log",
            "start",
        )  # fmt: skip
        if ended.returncode:
            raise Broken(f"PostgreSQL did not start: {self._why()}")

    async def _make_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.address("postgres"))
        except asyncpg.InvalidPasswordError:
            raise Broken(
                f"the server in {self.place.data} does not know our password; "
                f"restore {self.place.password} from a backup"
            ) from None
        try:
            known = await connection.fetchval("select 1 from pg_database where datname = $1", NAME)
            if known is None:
                await connection.execute(f"create database {NAME}")
        finally:
            await connection.close()

    def _why(self) -> str:
        """Return the end of the server's own words, with the mend where we know one."""
        words: list[str] = []
        for path in (self.place.log, self.place.data / "log"):
            if path.exists():
                words += path.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:]
        text = "\n".join(words)
        if "No space left on device" in text:
            return f"the disk is full; free space for {self.place.data} and start again"
        if "Address already in use" in text:
            return f"another server uses the socket or port; look at {self.place.sockets}"
        return text or "it left no message"


def _major(header: Path) -> str:
    for line in header.read_text("utf-8", "replace").splitlines():
        if line.startswith("#define PG_MAJORVERSION "):
            return line.split('"')[1]
    return ""


def _running_pid(data: Path) -> int | None:
    """Return the pid in postmaster.pid when that process lives and works in our folder."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
    except (OSError, ValueError, IndexError):
        return None
