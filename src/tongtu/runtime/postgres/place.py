"""The folders of one embedded server, all under TONGTU_HOME/postgres but for a short socket folder.

The server's user need not be able to enter TONGTU_HOME: its programs are started inside the data
folder and name it /proc/self/cwd, so no folder above it is ever walked through.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tongtu.kernel.errors import Broken
from tongtu.runtime.postgres.account import (
    Account,
    can_read,
    find_account,
    give,
    identity,
    own_folder,
)
from tongtu.runtime.postgres.binaries import find_binaries

SOCKET_PORT = 5432  # names the socket file; no TCP port is opened unless one is set
# A socket address holds about 107 bytes; clients split the folder's name at commas and colons.
SOCKET_PATH_MAX = 100
_PLAIN = re.compile(r"[\w/. -]+", re.ASCII)
SELF = "/proc/self/cwd"
RUN_TIMEOUT_S = 180


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server lives; `account` is None when it runs as ourselves."""

    account: Account | None
    binaries: Path
    base: Path
    sockets: Path

    @property
    def user(self) -> str | None:
        """The name of the user that the server runs as, None for ourselves."""
        return self.account.name if self.account is not None else None

    @property
    def data(self) -> Path:
        """The data folder; it exists whole or not at all."""
        return self.base / "data"

    @property
    def password(self) -> Path:
        """The file with the password of the platform's database role."""
        return self.base / "password"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.data / "server.log"

    def run(
        self, folder: Path, program: str, *words: str, feed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs on data folder `folder` as the server's user."""
        name = str(folder)
        if not can_read(self.account, folder):
            name = SELF
            if not Path(SELF).exists():
                raise Broken(
                    f"the user of PostgreSQL cannot enter {folder}; set TONGTU_HOME to a folder "
                    "that it can enter"
                )
        return subprocess.run(
            [str(self.binaries / program), *words],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGDATA": name},
            input=feed,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RUN_TIMEOUT_S,
            check=False,
            **identity(self.account),
        )

    def version(self) -> str:
        """Return the major version of the programs, such as "18"."""
        # Asked of the program, since a copy of the binaries carries no headers.
        words = [str(self.binaries / "postgres"), "--version"]
        asked = subprocess.run(
            words, cwd="/", capture_output=True, text=True, check=True, **identity(self.account)
        )
        return str(asked.stdout).split()[-1].partition(".")[0]


def find_place(home: Path, user: str | None = None) -> Place:
    """Choose the folders of the server of TONGTU_HOME `home`, and make those around the data.

    Raises:
        Broken: no user, no programs or no folder; the message names the mend.
    """
    base = home.absolute() / "postgres"
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    account = find_account(user)
    binaries = find_binaries(account, base / "binaries")
    return Place(account, binaries, base, _sockets(base, account))


def write_for(place: Place, path: Path, text: str) -> None:
    """Write a file in one step that the server's user owns and nobody else reads."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    give(draft, place.account)
    draft.replace(path)


def _sockets(base: Path, account: Account | None) -> Path:
    near = base / "run"
    fits = len(os.fsencode(near / f".s.PGSQL.{SOCKET_PORT}.lock")) <= SOCKET_PATH_MAX
    if fits and _PLAIN.fullmatch(str(near)) and can_read(account, base):
        return own_folder(near, account)
    name = hashlib.sha256(os.fsencode(base)).hexdigest()[:16]
    return own_folder(Path(tempfile.gettempdir()) / f"tongtu-{name}", account)
