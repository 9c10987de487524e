"""`python -m tools.contract`: compile the anchor's contract, in an environment of its own.

Vyper wants another cbor2 than passkeys do, so the two cannot share one. What it makes is kept
beside the source with the source's hash; a test holds the two together.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

VYPER = "vyper==0.4.3"
SOURCE = Path(__file__).parents[1] / "src/tongtu/witness/anchor.vy"
SCRIPT = """
import hashlib, json, pathlib, sys, vyper
source = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
made = vyper.compile_code(source, output_formats=["abi", "bytecode"])
digest = hashlib.sha256(source.encode()).hexdigest()
told = {"compiler": f"vyper {vyper.__version__}", "source_sha256": digest, **made}
print(json.dumps(told, indent=1))
"""


def main() -> int:
    """Write anchor.json anew."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin/python")
        subprocess.run([python, "-m", "pip", "install", "-q", VYPER], check=True)
        made = subprocess.run(
            [python, "-c", SCRIPT, str(SOURCE)], check=True, capture_output=True, text=True
        )
    SOURCE.with_suffix(".json").write_text(made.stdout, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
