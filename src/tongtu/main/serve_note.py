"""What a running server writes down for other processes: where it listens, and demo log-ins."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

SERVED, LOGINS = "serve.json", "demo-logins.json"


def write_note(path: Path, content: dict[str, Any]) -> None:
    """Write a note whole or not at all, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    draft.replace(path)


def read_note(path: Path) -> dict[str, Any]:
    """Return a note's content; empty when there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
