"""A real server in demo mode and the machine's own Chromium, once for all browser tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

ROOT = Path(__file__).parents[2]
START_S = 120
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium; without one the browser tests say so."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as fault:
            pytest.skip(f"Chromium does not start here: {fault}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server; E2E_URL names one that runs already."""
    if url := os.environ.get("E2E_URL"):
        yield url.rstrip("/")
        return
    if not (ROOT / "src/tongtu/channels/web/static/borrower/index.html").exists():
        pytest.skip("the pages are not built: make web")
    home = tmp_path_factory.mktemp("e2e")
    port, env = (
        8391,
        os.environ | {"TONGTU_HOME": str(home), "TONGTU_DEMO": "true", "PYTHONPATH": "src"},
    )
    for step in ("data", "train"):
        subprocess.run(
            [sys.executable, "-m", "tongtu", step],
            cwd=ROOT,
            env=env,
            check=True,
            capture_output=True,
        )
    command = [sys.executable, "-m", "tongtu", "serve", "--demo", "--port", str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    try:
        while not _is_ready(url):
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail("the server does not start: " + (home / "log").read_text()[-2000:])
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(30)
