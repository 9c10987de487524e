"""kill -9 of the server and of PostgreSQL while real applications are replayed.

Afterwards: no acknowledged application is lost or doubled, each has the answer that was given, and
the ledger balances. `make sim SEED=n KILLS=n`; the seed is printed.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tongtu.replay.api import FILE_NAME, Plan, read_applicants, replay

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
KILLS = int(os.environ.get("KILLS") or 5)
APPLICATIONS = 60
START_TIMEOUT_S = 90

pytestmark = pytest.mark.slow


class Server:
    """`tongtu serve` over one home; started again after each kill."""

    def __init__(self, home):
        self.home = home
        self.environment = os.environ | {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "TONGTU_HOME": str(home),
            "TONGTU_DEMO": "true",
            "TONGTU_PORT": "0",
            "TONGTU_LOG_LEVEL": "error",
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


@pytest.fixture
def server(tmp_path):
    own = Server(tmp_path / "home")
    own.tongtu("data")
    own.tongtu("train")
    own.start()
    yield own
    own.stop()


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(server):
    draw = random.Random(SEED)
    unseen = read_applicants(server.home / "data" / FILE_NAME, training=False)[:APPLICATIONS]
    operator = json.loads((server.home / "demo-logins.json").read_text())["operator"]
    url = server.url
    done = {"steps": 0, "kills": 0}
    stepped = asyncio.Event()

    def progress(name, finished, total):
        done["steps"] += 1
        stepped.set()

    async def nemesis():
        while done["kills"] < KILLS:
            seen = done["steps"]
            wanted = seen + draw.randrange(5, 60)
            while done["steps"] < wanted:
                stepped.clear()
                await stepped.wait()
            victim = server.kill_server if draw.random() < 0.5 else server.kill_postgres
            await asyncio.to_thread(victim)
            done["kills"] += 1

    async def scenario():
        killer = asyncio.create_task(nemesis())
        plan = Plan(run=f"kill{SEED}", operator_token=operator, concurrency=8, months=1)
        outcome = await replay(url, unseen, plan, progress)
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        return outcome

    outcome = asyncio.run(scenario())
    print(f"seed {SEED}: {done['kills']} kills, {outcome.retries} requests sent again")

    assert done["kills"] >= KILLS, f"seed {SEED}: the replay ended before all kills"
    assert [case.error for case in outcome.cases if case.error] == [], f"seed {SEED}"
    for case in outcome.cases:
        found = read(url, f"/v1/applications/{case.answer['application']}", case.token)
        assert found["decision"] == case.answer["decision"], f"seed {SEED}"
        assert found["outcome"] == case.answer["outcome"], f"seed {SEED}"
        mine = read(url, "/v1/applications", case.token)["items"]
        assert [item["application"] for item in mine] == [case.answer["application"]]
    live = read(url, "/v1/insight/live", operator)
    assert live["funnel"]["submitted"] == APPLICATIONS, f"seed {SEED}"
    assert (live["ledger"]["sum_minor"], live["ledger"]["differences"]) == (0, 0), f"seed {SEED}"


def read(url, path, token):
    request = urllib.request.Request(url + path, headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
