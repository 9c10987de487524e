"""`tongtu serve` from outside: a process, sockets, files. It starts without a model, picks one up,
bounds what comes over the wire, and stops in order when it is told to."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tongtu.checkout.api import load_merchants
from tongtu.funding.api import load_book

ROOT = Path(__file__).parents[3]
POINTS_TABLE = ROOT / "tests" / "data" / "points_table.json"
LINES_MAX = 400
LENDERS = [one.id for one in load_book().everybody()]
MERCHANTS = [one.id for one in load_merchants().all()]
APPLICATION = {
    "product": "consumer_cash", "amount_minor": 3_000_000, "tenor_months": 12, "purpose": "goods",
    "device": "d-1",
    "facts": {
        "income_minor": 1_500_000, "expenses_minor": 300_000, "assets_minor": 5_000_000,
        "debt_minor": 0, "price_minor": 4_000_000, "seniority_years": 8, "home": "owner",
        "job": "fixed", "records": False,
    },
}  # fmt: skip


class Served:
    """A running server, its log and its home."""

    def __init__(self, home, database_url, **settings):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUNBUFFERED": "1",
            "TONGTU_HOME": str(home),
            "TONGTU_DSN": database_url,
            "TONGTU_PORT": "0",
            "TONGTU_DEMO": "true",
            **settings,
        }
        self.home, self.lines = home, []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tongtu", "serve"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, event):
        """Read the log until the event stands in it; the process says it, nobody sleeps."""
        for _ in range(LINES_MAX):
            line = self.process.stderr.readline()
            if not line:
                break
            self.lines.append(line)
            if line.startswith("{") and json.loads(line).get("event") == event:
                return json.loads(line)
        raise AssertionError(f"{event} never came:\n" + "".join(self.lines))

    def note(self, name):
        return json.loads((self.home / name).read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.communicate(timeout=60) and self.process.returncode == 0

    def raw(self, *chunks):
        """Send bytes as they are and return the answer's head and body."""
        address = urlsplit(self.note("serve.json")["url"])
        with socket.create_connection((address.hostname, address.port), timeout=20) as wire:
            for chunk in chunks:
                try:
                    wire.sendall(chunk)
                except (BrokenPipeError, ConnectionResetError):
                    break
            answer = b""
            while True:
                try:
                    part = wire.recv(65_536)
                except ConnectionResetError:
                    break
                answer += part
                if not part:
                    break
        head, _, body = answer.partition(b"\r\n\r\n")
        return head.decode("latin-1"), body


@pytest.fixture
def serve(tmp_path, database_url):
    """Start servers on one home, one after the other; end what is left of them by its pid."""
    home, made = tmp_path / "tongtu home", []

    def started(**settings):
        made.append(Served(home, database_url, **settings))
        return made[-1]

    yield started
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.process.stderr.close()
    bank = home / "bank.json"
    if bank.exists() and _is_bank(json.loads(bank.read_text())["pid"]):
        os.kill(json.loads(bank.read_text())["pid"], signal.SIGTERM)


@pytest.fixture
def served(serve):
    return serve()


def _is_bank(pid):
    try:
        return b"tongtu.simulators.bank" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _train(home):
    """Put a model where `tongtu train` would: table and manifest first, the pointer last."""
    table = POINTS_TABLE.read_bytes()
    name = hashlib.sha256(table).hexdigest()
    folder = home / "models" / name[:12]
    folder.mkdir(parents=True)
    shutil.copy(POINTS_TABLE, folder / "scorecard.json")
    (folder / "manifest.json").write_text(json.dumps({"hash": name}))
    (home / "models" / "current").write_text(name)


def _sign_in(http):
    person = http.post("/v1/demo/persons").json()
    phone = person["phone"]
    sent = http.post("/v1/sign-in/codes", json={"phone": phone}).json()
    code = http.get("/v1/demo/inbox", params={"phone": phone}).json()["messages"][0]["code"]
    signed = http.post("/v1/sign-in", json={"challenge": sent["challenge"], "code": code}).json()
    http.headers["authorization"] = f"Bearer {signed['token']}"
    shown = {"name": person["name"], "resident_id": person["resident_id"]}
    http.put("/v1/me/identity", json=shown, headers={"idempotency-key": "identity-1"})
    grants = [{"scope": "identity_check"}, {"scope": "automated_decision"}]
    grants.append({"scope": "share_lender", "recipient": "yunxiu"})
    consents = {"grants": grants, "version": "2026.08"}
    http.post("/v1/me/consents", json=consents, headers={"idempotency-key": "consents-1"})
    return person, code


def test_the_platform_starts_learns_serves_and_stops(served):
    served.wait_for("serving")
    note = served.note("serve.json")
    assert note["pid"] == served.process.pid
    assert (served.home / "demo-logins.json").stat().st_mode & 0o777 == 0o600
    bank = served.note("bank.json")["pid"]

    with httpx.Client(base_url=note["url"], trust_env=False, timeout=30) as http:
        _before_a_model(http)
        _train(served.home)
        assert served.wait_for("deciding")["pack"] == "cn/2026.08"
        assert http.get("/ready").json()["status"] == "ok"
        person, code = _sign_in(http)
        _applies(http)
        _looks_on(http, served.note("demo-logins.json")["analyst"])
    _wire_is_bounded(served)

    served.process.send_signal(signal.SIGTERM)
    rest = served.process.communicate(timeout=60)[1]
    log = "".join(served.lines) + rest
    assert served.process.returncode == 0, log
    assert not (served.home / "serve.json").exists()
    assert not _is_bank(bank)
    assert [
        text for text in (*person.values(), code) if str(text) in log and text is not True
    ] == []


def test_outside_the_demo_no_simulator_carries_money_and_a_start_without_a_rail_is_refused(serve):
    refused = serve(TONGTU_DEMO="false")

    said = refused.process.communicate(timeout=60)[1]

    assert (refused.process.returncode, "set TONGTU_BANK_URL" in said) == (1, True), said
    assert not refused.home.exists()


def test_what_the_demo_let_in_is_shut_out_by_the_next_start_outside_it(serve):
    demo = serve()
    demo.wait_for("serving")
    tokens = demo.note("demo-logins.json")
    with httpx.Client(base_url=demo.note("serve.json")["url"], trust_env=False, timeout=30) as http:
        assert _statuses(http, tokens) == dict.fromkeys(tokens, 200) | _MAY_NOT
    demo.stop()

    real = serve(TONGTU_DEMO="false", TONGTU_BANK_URL="http://127.0.0.1:9")
    assert real.wait_for("demo_logins_ended")["tokens"] == len(tokens)
    real.wait_for("serving")
    with httpx.Client(base_url=real.note("serve.json")["url"], trust_env=False, timeout=30) as http:
        assert _statuses(http, tokens) == dict.fromkeys(tokens, 401)
        assert http.get("/ready").json()["checks"]["rail"] == "ok: 127.0.0.1"
    assert not (real.home / "demo-logins.json").exists()


_MAY_NOT = dict.fromkeys(
    [
        "branch_clerk",
        *(f"lender_{name}" for name in LENDERS),
        *(f"merchant_{name}" for name in MERCHANTS),
    ],
    403,
)


def _statuses(http, tokens):
    """Ask for the business date with each token."""
    return {
        name: http.get(
            "/v1/operations/business-date", headers={"authorization": f"Bearer {token}"}
        ).status_code
        for name, token in tokens.items()
    }


def _before_a_model(http):
    ready = http.get("/ready")
    assert http.get("/health").json()["status"] == "ok"
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "ok")
    assert ready.json()["checks"]["rail"] == "ok: simulator"
    assert "tongtu train" in ready.json()["checks"]["model"]


def _applies(http):
    key = {"idempotency-key": "apply-00001"}
    first = http.post("/v1/applications", json=APPLICATION, headers=key)
    again = http.post("/v1/applications", json=APPLICATION, headers=key)
    assert (first.status_code, first.json()["outcome"]) == (201, "offers")
    assert again.content == first.content
    found = http.get(f"/v1/applications/{first.json()['application']}").json()
    assert [one["step"] for one in found["history"]] == ["offers"]
    assert found["offers"] == first.json()["offers"]


def _looks_on(http, token):
    headers = {"authorization": f"Bearer {token}"}
    with http.stream("GET", "/v1/insight/stream", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        seen = [next(lines) for _ in range(8)]
    assert (seen[0], seen[1], seen[3], seen[4]) == ("event: live", "id: 0", "", "event: live")
    assert json.loads(seen[2].removeprefix("data: "))["funnel"]["submitted"] == 1


def _wire_is_bounded(served):
    apply = b"POST /v1/applications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    get = b"GET /health HTTP/1.1\r\nHost: a\r\n"
    refusals = [
        ("1 MB announced", 413, "too_large",
         [apply + b"Content-Length: 1048576\r\n\r\n", *[b"a" * 65_536] * 16]),
        ("1 MB in chunks", 413, "too_large",
         [apply + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"a" * 65_536 + b"\r\n"] * 16]),
        ("two lengths that disagree", 400, "not_http",
         [apply + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]),
        ("a negative length", 400, "not_http", [apply + b"Content-Length: -1\r\n\r\n"]),
        ("a header of 20 KB", 431, "headers_too_large", [get + b"X: " + b"a" * 20_000 + b"\r\n\r\n"]),
        ("a header that never ends", 431, "headers_too_large", [get + b"X: ", *[b"a" * 8_192] * 4]),
        ("100 headers", 431, "headers_too_large",
         [get + b"".join(b"x-%d: 1\r\n" % n for n in range(100)) + b"\r\n"]),
        ("an address of 20 KB", 431, "headers_too_large",
         [b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"]),
        ("a TLS greeting", 400, "not_http", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"]),
        ("a header with a NUL", 400, "not_http", [get + b"X: a\x00b\r\n\r\n"]),
    ]  # fmt: skip
    for about, status, code, chunks in refusals:
        head, body = served.raw(*chunks)
        assert head.startswith(f"HTTP/1.1 {status} "), (about, head)
        assert "application/problem+json" in head, about
        assert json.loads(body)["code"] == code, about
    head, _ = served.raw(get + b"Connection: close\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    assert "server:" not in head.lower()
