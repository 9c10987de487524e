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


@pytest.fixture
def person(api):  # noqa: F811
    numbers = iter(range(100))

    def make(**given):
        n = next(numbers)
        return Person(api, f"144123000{n:02d}", **{"sequence": f"{n + 1:03d}", **given})

    return make


@pytest.fixture
def authority(run, parts, runtime):  # noqa: F811
    """Start verifiers with these faults as processes, and ask them; each is ended by its pid."""
    begun, at = [], runtime.clock.now().isoformat()

    def start(*faults, is_certified=False):
        process = subprocess.Popen(
            [sys.executable, "-m", "tongtu.simulators.verifier", "--at", at, *faults],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": str(SOURCE),
                "VERIFIER_SIMULATOR_SECRET": SECRET.hex(),
            },
        )
        port = json.loads(process.stdout.readline())["port"]
        url = f"http://127.0.0.1:{port}"
        line = HttpAuthority(runtime, url, SECRET, is_certified=is_certified)
        parts.verifying.authority = line
        begun.append((process, line))
        return url

    yield start
    for process, line in begun:
        run(line.close())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        process.stdout.close()
        process.stdin.close()


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
