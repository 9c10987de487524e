"""Makes the data folder once, whole or not at all, and writes its configuration at each start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tongtu.kernel.errors import Broken
from tongtu.runtime.postgres.account import own_folder
from tongtu.runtime.postgres.place import SOCKET_PORT, Place, write_for
from tongtu.runtime.seams import SystemEntropy

NAME = "tongtu"  # of the role and of the database
SPACE_MIN_BYTES = 300 * 1024 * 1024
# The platform's role is no superuser: SQL that went wrong cannot run programs or read files.
HBA = f"""\
local all {NAME} scram-sha-256
host  all {NAME} 127.0.0.1/32 scram-sha-256
local all postgres peer
"""
ROLE = """\
create role {name} login createdb password '{password}';
grant pg_monitor, pg_checkpoint, pg_signal_backend to {name};
create database {name} owner {name};
"""
# Recovery after a crash reads at most 2 GB of log: seconds, not minutes.
CONFIGURATION = {
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "5min",
    "synchronous_commit": "on",
    "fsync": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
    "autovacuum_naptime": "20s",
}


def make_cluster(place: Place, *, is_durable: bool = True) -> None:
    """Make the data folder when there is none. One left half made is thrown away and made anew.

    Raises:
        Broken: no space, or PostgreSQL's own reason.
    """
    if (place.data / "PG_VERSION").exists():
        _check_version(place)
        return
    _check_space(place.base)
    draft = place.base / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    own_folder(draft, place.account)
    password = SystemEntropy().token()
    _write_secret(place.password, password)
    made = place.run(
        draft, "initdb", "-U", "postgres", "--auth-local=peer", "--auth-host=reject",
        "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
        *(() if is_durable else ("--no-sync",)),
    )  # fmt: skip
    if made.returncode:
        raise Broken(f"the database could not be made: {explain(made.stderr, place)}")
    refused = _single(place, draft, ROLE.format(name=NAME, password=password))
    if refused:
        raise Broken(f"the database could not be made: {explain(refused, place)}")
    write_for(place, draft / "pg_hba.conf", HBA)
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("include_if_exists 'tongtu.conf'\n")
    if place.data.exists():
        raise Broken(f"{place.data} is not a database; move it away")
    draft.rename(place.data)
    _sync(place.base)


def configure(place: Place, port: int, options: Mapping[str, str]) -> None:
    """Write data/tongtu.conf; postgresql.conf and `alter system` stay the operator's."""
    sockets = str(place.sockets).replace("'", "''")
    lines = [
        "# Written at each start.",
        f"port = {port or SOCKET_PORT}",
        f"listen_addresses = '{'127.0.0.1' if port else ''}'",
        f"unix_socket_directories = '\"{sockets}\"'",
        *(f"{name} = '{value}'" for name, value in (CONFIGURATION | dict(options)).items()),
    ]
    write_for(place, place.data / "tongtu.conf", "\n".join(lines) + "\n")


def mend_password(place: Place) -> None:
    """Give the role a new password when its file is lost; the server must be stopped."""
    if not place.password.exists():
        password = SystemEntropy().token()
        refused = _single(place, place.data, f"alter role {NAME} password '{password}'\n")
        if refused:
            raise Broken(f"{place.password} is lost: {explain(refused, place)}")
        _write_secret(place.password, password)


def explain(words: str, place: Place) -> str:
    """Return PostgreSQL's own words, or the mend where it is known."""
    if "No space left on device" in words:
        return f"the disk is full; free space for {place.base} and start again"
    if "Address already in use" in words or "could not create any TCP/IP sockets" in words:
        return "its TCP port is in use; choose another by TONGTU_POSTGRES_PORT"
    if "could not map anonymous shared memory" in words:
        return "too little memory; lower TONGTU_POSTGRES_SHARED_MB"
    return words.strip() or "it left no message"


def _single(place: Place, folder: Path, sql: str) -> str:
    """Run statements, one a line, on a stopped cluster as its superuser; return errors."""
    ran = place.run(folder, "postgres", "--single", "postgres", feed=sql)
    bad = [line for line in ran.stderr.splitlines() if "ERROR" in line or "FATAL" in line]
    return "\n".join(bad) or ("" if ran.returncode == 0 else ran.stderr or "it left no message")


def _check_version(place: Place) -> None:
    found = (place.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    ours = place.version()
    if found != ours:
        raise Broken(
            f"{place.data} is of PostgreSQL {found} and this program brings {ours}; move the data "
            "by pg_dump of the old version, or set TONGTU_DSN"
        )


def _check_space(path: Path) -> None:
    free = shutil.disk_usage(path).free
    if free < SPACE_MIN_BYTES:
        raise Broken(
            f"the disk is full: {path} has {free >> 20} MB free and a database needs "
            f"{SPACE_MIN_BYTES >> 20} MB to begin with"
        )


def _write_secret(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
