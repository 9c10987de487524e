"""`python -m tools.sdk FOLDER`: write the clients there, from the routes of this checkout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tongtu import __version__
from tongtu.access.api import shipped_permissions
from tongtu.channels.rest.api import api_document
from tools.sdk.python import write_python
from tools.sdk.typescript import write_typescript


def make(folder: Path) -> None:
    """Write tongtu_client.py, tongtu-client.ts and the document that they were made from."""
    settings = SimpleNamespace(demo=False)
    parts: Any = SimpleNamespace(
        runtime=SimpleNamespace(settings=settings),
        site={},
        version=__version__,
        permissions=shipped_permissions(),
    )
    raw = api_document(parts)
    document = json.loads(raw)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_bytes(raw)
    (folder / "tongtu_client.py").write_text(write_python(document), encoding="utf-8")
    (folder / "tongtu-client.ts").write_text(write_typescript(document), encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
    sys.stdout.write(f"written: {sys.argv[1]}/tongtu_client.py, tongtu-client.ts, openapi.json\n")
