"""`tongtu serve`: run the platform on this machine until it is told to stop."""

from __future__ import annotations

import argparse
import importlib
import os
from dataclasses import replace
from pathlib import Path

import uvloop

from tongtu.runtime.api import load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; every other setting comes from file and environment."""
    parser.add_argument("--host", help="address to listen on (default: setting `host`)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 = a free one")
    parser.add_argument("--demo", action="store_true", help="synthetic persons and a demo inbox")


def run(arguments: argparse.Namespace) -> int:
    """Serve; 0 after a clean stop."""
    settings = load(os.environ, Path.cwd()).settings
    given = {
        name: value
        for name, value in (("host", arguments.host), ("port", arguments.port))
        if value is not None
    }
    if arguments.demo:
        given["demo"] = True
    # The composition root stands above the channels, so it is started by name, not imported.
    root = importlib.import_module("tongtu.main")
    uvloop.run(root.serve(replace(settings, **given)))
    return 0
