"""`PYTHONPATH=src:. python -m bench.lenders FOLDER --lenders 20`: write the folder of rules."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.lenders import write_rules


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.lenders", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lenders", type=int, default=20)
    arguments = parser.parse_args()
    write_rules(arguments.folder, arguments.lenders)
    print(f"{arguments.lenders} lenders in {arguments.folder}")


if __name__ == "__main__":
    main()
