"""An SM2 key of this installation, kept in TONGTU_HOME/keys: it cannot follow from the root key.

Made on the first use; the file goes into the backup with the root key.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tongtu.kernel import gm
from tongtu.kernel.errors import Broken
from tongtu.runtime.keys import write_secret
from tongtu.runtime.settings import Settings

# What the platform sends to partners: webhooks, questions to lenders.
MESSAGES = "messages"
_NAME = re.compile(r"[a-z-]{1,32}")


def sm2_of(settings: Settings, name: str) -> gm.Sm2Private | None:
    """Return the key of that purpose where the setting `gm` is on. Raises Broken as `load_sm2`."""
    return load_sm2(settings.home, name) if settings.gm else None


@cache
def load_sm2(home: Path, name: str) -> gm.Sm2Private:
    """Return the key of that purpose, made on the first use (mode 600).

    Raises:
        Broken: the extra `gm` is not installed, others may read the file, or it holds no key.
    """
    assert _NAME.fullmatch(name), name
    path = home / "keys" / f"sm2-{name}.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        key = gm.generate()
        write_secret(path, key.private + key.public)
    if path.stat().st_mode & 0o077:
        raise Broken(f"others may read a key; mend it with: chmod 600 '{path}'")
    raw = path.read_bytes()
    if len(raw) != gm.PRIVATE_BYTES + gm.PUBLIC_BYTES:
        raise Broken(f"{path} holds no SM2 key; restore it from a backup")
    key = gm.Sm2Private(raw[: gm.PRIVATE_BYTES], raw[gm.PRIVATE_BYTES :])
    if not gm.is_sm2_signed(key.public, b"tongtu", key.sign(b"tongtu")):
        raise Broken(f"{path} holds two halves of different keys; restore it from a backup")
    return key
