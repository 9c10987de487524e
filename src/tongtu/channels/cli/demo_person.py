"""`tongtu demo-person`: a synthetic identity whose one-time codes arrive in the demo inbox."""

from __future__ import annotations

import argparse
import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")


def run(arguments: argparse.Namespace) -> int:
    """Ask the running platform for a person and say how to read its inbox."""
    url = arguments.url or _served_url()
    request = urllib.request.Request(f"{url}/v1/demo/persons", method="POST", data=b"")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as asked for
            person = json.load(answer)
    except urllib.error.HTTPError as error:
        raise BadInput(f"{url} is not in demo mode (HTTP {error.code})") from None
    except OSError as error:
        raise BadInput(f"{url} does not answer: {error}") from None
    print(json.dumps(person, ensure_ascii=False, indent=1))
    print(f"apply at {url}/ ; one-time codes: {url}/v1/demo/inbox?phone={person['phone']}")
    return 0


def _served_url() -> str:
    served = load(os.environ, Path.cwd()).settings.home / "serve.json"
    try:
        return str(json.loads(served.read_text(encoding="utf-8"))["url"])
    except FileNotFoundError:
        raise BadInput(f"{served} is not there; start the platform with: make run") from None
