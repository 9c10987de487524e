"""Persons over HTTP, a decision lane behind them, and the simulated verifier as a process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.channels.conftest import api, parts, press, rules  # noqa: F401
from tests.loaded import shipped_engine

from tongtu.funding.api import Opening, open_lenders
from tongtu.identity.api import check_character
from tongtu.journey.api import decision_lane
from tongtu.kernel.clock import FixedClock
from tongtu.runtime.api import business_date
from tongtu.verification.api import HttpAuthority

SOURCE = Path(__file__).parents[3] / "src"
SECRET = bytes(range(32))
CONSENTS = ("identity_check", "automated_decision")


def resident_id(sequence="001", born="19900101", region="999999"):
    body = f"{region}{born}{sequence}"
    return body + check_character(body)


class Person:
    """A person with a token, as a page would have it."""

    def __init__(self, client, phone, **given):
        name = given.get("name", "王小明")
        number = given.get("resident_id") or resident_id(given.get("sequence", "001"))
        consents = given.get("consents", CONSENTS)
        self.api, self.phone = client, phone
        self.token = client.sign_in(phone)
        self.identified = client.send(
            "PUT",
            "/v1/me/identity",
            body={"name": name, "resident_id": number},
            token=self.token,
            key=f"identity-{phone}",
        )
        if consents:
            self.consent(*consents)

    def consent(self, *scopes):
        body = {"grants": [{"scope": one} for one in scopes], "version": "2026.08"}
        answer = self.api.post("/v1/me/consents", body, token=self.token)
        assert answer.status_code == 200, answer.text

    def post(self, path, body=None, **given):
        return self.api.post(path, body, token=self.token, **given)

    def open(self, *, channel="web", is_student=False, funds=False):
        body = {"channel": channel, "is_student": is_student, "has_source_of_funds": funds}
        answer = self.post("/v1/verifications", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["verification"]

    def check(self, case, service="three_elements", **more):
        return self.post(f"/v1/verifications/{case}/register-checks", {"service": service, **more})

    def end(self, case):
        return self.post(f"/v1/verifications/{case}/conclusion")

    def see(self, case):
        return self.api.get(f"/v1/verifications/{case}", self.token)


_numbers = iter(range(1, 900))


@pytest.fixture
def person(api):  # noqa: F811
    """Persons with a phone and a number that nobody had before: the verifier remembers."""

    def make(**given):
        n = next(_numbers)
        return Person(api, f"14412300{n:03d}", **{"sequence": f"{n:03d}", **given})

    return make


def _begin(at, *faults):
    process = subprocess.Popen(
        [sys.executable, "-m", "tongtu.simulators.verifier", "--at", at, *faults],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "VERIFIER_SIMULATOR_SECRET": SECRET.hex()},
    )
    port = json.loads(process.stdout.readline())["port"]
    return process, f"http://127.0.0.1:{port}"


def _end(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    process.stdout.close()
    process.stdin.close()


@pytest.fixture(scope="session")
def honest():
    """A verifier that does not err, one for all tests that want none else."""
    process, url = _begin(FixedClock().now().isoformat())
    yield url
    _end(process)


@pytest.fixture
def authority(run, parts, runtime, honest):  # noqa: F811
    """Ask the honest verifier, or one of its own that errs; each is ended by its pid."""
    begun, lines = [], []

    def start(*faults, is_certified=False):
        url = honest
        if faults:
            process, url = _begin(runtime.clock.now().isoformat(), *faults)
            begun.append(process)
        line = HttpAuthority(runtime, url, SECRET, is_certified=is_certified)
        parts.verifying.authority = line
        lines.append(line)
        return url

    yield start
    for line in lines:
        run(line.close())
    for process in begun:
        _end(process)


@pytest.fixture
def rows(runtime, run):
    async def fetched(query, *values):
        async with runtime.database.reading() as connection:
            return [tuple(row) for row in await connection.fetch(query, *values)]

    return lambda query, *values: run(fetched(query, *values))


@pytest.fixture
def deciding(runtime, run, parts):  # noqa: F811
    """A lane over the shipped rules, so that what was verified is read by a decision."""

    async def opened():
        engine = shipped_engine(runtime.public)
        async with runtime.database.transaction() as connection:
            day = await business_date(connection)
            await open_lenders(
                connection, engine.book, Opening(day, runtime.clock.now(), runtime.settings.cells)
            )
        lane = decision_lane(runtime, engine)
        await lane.start()
        return lane

    parts.decisions = run(opened())
    yield parts.decisions
    run(parts.decisions.stop())
