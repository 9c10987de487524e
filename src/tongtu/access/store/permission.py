"""Reads the files of the table of permissions, as they ship: they are part of the release."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from tongtu.access.rules.permission import Permission, read_permissions
from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root

FOLDER = "permissions"


@cache
def shipped_permissions() -> dict[tuple[str, str], Permission]:
    """Return the permission of each (method, path) of this release. Raises Broken."""
    return load_permissions(rules_root() / FOLDER)


def load_permissions(folder: Path) -> dict[tuple[str, str], Permission]:
    """Return the permission of each (method, path).

    Raises:
        Broken: code `bad_permissions`: no file, or one that cannot be understood whole.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise Broken(f"there are no permissions in {folder}", code="bad_permissions")
    try:
        content = {one.stem: tomllib.loads(one.read_text(encoding="utf-8")) for one in files}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Broken(f"a file in {folder}: {fault}", code="bad_permissions") from None
    return read_permissions(content)
