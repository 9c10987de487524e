"""Reads the table of masking, as it ships: it is part of the release."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from tongtu.access.rules.masking import Masking, read_masking
from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root

FILE = "masking.toml"


@cache
def shipped_masking() -> Masking:
    """Return what each role sees in this release. Raises Broken."""
    return load_masking(rules_root() / FILE)


def load_masking(path: Path) -> Masking:
    """Return what each role sees. Raises Broken: code `bad_masking`."""
    try:
        return read_masking(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Broken(f"{path}: {fault}", code="bad_masking") from None
