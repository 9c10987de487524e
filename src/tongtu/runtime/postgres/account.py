"""The user the server runs as: PostgreSQL refuses root, so root hands it to another one."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import Broken

# The first that exists. A user of its own keeps the data from other services of `nobody`.
USERS = ("tongtu", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A system user that is not root."""

    name: str
    uid: int
    gid: int


def find_account(wanted: str | None = None) -> Account | None:
    """Return the user to hand the server to, None when we are not root and run it ourselves.

    Raises:
        Broken: root, and none of the users exists.
    """
    if os.geteuid() != 0:
        return None
    for name in (wanted,) if wanted else USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Broken(
        f"PostgreSQL does not run as root, and there is no user {wanted or ' or '.join(USERS)}; "
        "mend it with: useradd --system tongtu"
    )


def identity(account: Account | None) -> dict[str, Any]:
    """Return the arguments that make a subprocess run as `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_read(account: Account | None, path: Path) -> bool:
    """Tell whether `account` may enter the folder, or read and run the file, at `path`."""
    if account is None:
        return os.access(path, os.R_OK | os.X_OK)
    # Asked of the system as that user: mode bits alone miss ACLs and mounts.
    asked = subprocess.run(
        ["/bin/sh", "-c", '[ -r "$0" ] && [ -x "$0" ]', str(path)],
        cwd="/",
        check=False,
        **identity(account),
    )
    return asked.returncode == 0


def give(path: Path, account: Account | None) -> None:
    """Make `account` the owner of a file or folder of ours; a link is never followed."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def own_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only `account` enters, or take the one that is there.

    Raises:
        Broken: something else stands there, or it belongs to another user.
    """
    wanted = os.geteuid() if account is None else account.uid
    path.mkdir(mode=0o700, exist_ok=True)
    # In a shared folder such as /tmp anybody may have put a link or a folder here before us.
    descriptor = _open_folder(path)
    try:
        found = os.fstat(descriptor)
        if found.st_uid not in (wanted, os.geteuid()):
            raise Broken(f"{path} belongs to another user; remove it")
        if account is not None and found.st_uid != wanted:
            os.fchown(descriptor, account.uid, account.gid)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return path


def _open_folder(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise Broken(f"{path} is not a folder of ours ({error.strerror}); remove it") from None
