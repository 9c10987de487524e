"""`tongtu serve` as a process of its own, for tests that treat it as the world does."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# A start takes seconds; a machine that does much else at once may take minutes.
START_TIMEOUT_S = 240


class Server:
    """`tongtu serve` over one home; started again after each kill."""

    def __init__(self, home, **more):
        self.home = home
        self.environment = os.environ | {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "TONGTU_HOME": str(home),
            "TONGTU_DEMO": "true",
            "TONGTU_PORT": "0",
            "TONGTU_LOG_LEVEL": "error",
            **more,
        }
        self.process = None

    def tongtu(self, *words):
        subprocess.run(
            [sys.executable, "-m", "tongtu", *words],
            env=self.environment, cwd=REPOSITORY, check=True, capture_output=True,
        )  # fmt: skip

    def start(self):
        served = self.home / "serve.json"
        served.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tongtu", "serve"], env=self.environment, cwd=REPOSITORY
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended while starting"
            if served.exists() and self._is_ready(json.loads(served.read_text())["url"]):
                # The replay keeps one address: every start takes the port of the first.
                self.environment["TONGTU_PORT"] = self.url.rsplit(":", 1)[1]
                return
            time.sleep(0.1)
        raise AssertionError("the server did not become ready")

    @property
    def url(self):
        return json.loads((self.home / "serve.json").read_text())["url"]

    def _is_ready(self, url):
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill_server(self):
        self.process.kill()
        self.process.wait()
        self.start()

    def kill_postgres(self):
        location = self.home / "postgres"
        [lock] = list(location.rglob("postmaster.pid"))
        os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def ask(url, path, token, body=None, key=None):
    """Return the JSON of one request; a refusal raises."""
    headers = {"authorization": f"Bearer {token}"}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers |= {"content-type": "application/json", "idempotency-key": key}
    request = urllib.request.Request(url + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
