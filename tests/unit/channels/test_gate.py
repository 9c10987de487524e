"""The gate: bounds, request ids, security headers and the last catch of the ordinary door."""

import asyncio
import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tongtu.channels.rest.body import BODY_BYTES_MAX, RULES_BYTES_MAX, RULES_PATH
from tongtu.channels.rest.gate import PATH_LENGTH_MAX, Gate
from tongtu.channels.rest.headers import RequestIds, bearer_token
from tongtu.channels.rest.long_body import LONG_BODIES_MAX, LONG_BODIES_OF_ONE_MAX
from tongtu.channels.rest.pace import Paces
from tongtu.identity.api import DOCUMENT_BYTES_MAX, Caller, Role
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import (
    Broken,
    DeadlinePassed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Overloaded,
    TooMany,
)
from tongtu.risk.api import RULE_FILES
from tongtu.tables.api import rules_root

SECURITY = {
    b"x-content-type-options", b"referrer-policy", b"cross-origin-opener-policy",
    b"cross-origin-resource-policy", b"permissions-policy", b"content-security-policy",
    b"x-request-id",
}  # fmt: skip


class Wire:
    """One request as the server hands it over, and what was sent back."""

    def __init__(self, *chunks, path="/x", headers=(), method="POST"):
        self.scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        last = len(chunks) - 1
        self.messages = [
            {"type": "http.request", "body": chunk, "more_body": at < last}
            for at, chunk in enumerate(chunks or (b"",))
        ]
        self.reads = 0
        self.sent = []

    async def receive(self):
        self.reads += 1
        return self.messages.pop(0) if self.messages else {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    def through(self, gate):
        asyncio.run(gate(self.scope, self.receive, self.send))
        return self

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def problem(self):
        assert self.headers[b"content-type"] == b"application/problem+json"
        return json.loads(self.body)


async def _echo(scope, receive, send):
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"], "more_body": False})


async def _admit(headers):
    """Let borrowers pass whose token is their number."""
    subject = int(bearer_token(headers))
    if subject < 0:
        raise NotAllowed("your role may not do this")
    return Caller(Role.BORROWER, subject, 0, 0)


def gate_of(app):
    return Gate(app, RequestIds("t"), _admit)


def by(subject):
    return [(b"authorization", b"Bearer %d" % subject)]


GATE = gate_of(_echo)
FILE_PATH = "/v1/applications/ap_0123456789abc/documents/income_proof"


def test_a_route_gets_the_whole_body_and_carries_every_security_header():
    wire = Wire(b"ab", b"", b"c").through(GATE)

    assert (wire.status, wire.body) == (200, b"abc")
    assert set(wire.headers) == SECURITY


def test_a_body_of_exactly_the_bound_passes_in_one_piece_or_many():
    whole = Wire(b"a" * BODY_BYTES_MAX).through(GATE)
    parts = Wire(b"a" * (BODY_BYTES_MAX - 1), b"a").through(GATE)

    assert (whole.status, parts.status) == (200, 200)
    assert len(parts.body) == BODY_BYTES_MAX


def test_a_body_of_one_byte_more_is_refused_in_one_piece_or_many():
    whole = Wire(b"a" * (BODY_BYTES_MAX + 1)).through(GATE)
    parts = Wire(b"a" * BODY_BYTES_MAX, b"a").through(GATE)

    assert (whole.problem["code"], parts.problem["code"]) == ("too_large", "too_large")
    assert (whole.status, parts.status) == (413, 413)


def test_a_megabyte_is_refused_before_it_is_read_and_the_connection_ends():
    length = [(b"content-length", b"1048576")]
    announced = Wire(b"a" * 1024, b"a" * 1024, headers=length).through(GATE)
    streamed = Wire(*[b"a" * 16_384] * 64).through(GATE)

    assert (announced.status, announced.reads) == (413, 0)
    assert (streamed.status, streamed.reads) == (413, BODY_BYTES_MAX // 16_384 + 1)
    assert announced.headers[b"connection"] == streamed.headers[b"connection"] == b"close"


def test_a_document_may_be_longer_and_only_at_its_own_address_by_its_own_method():
    path, full_body = FILE_PATH, b"a" * DOCUMENT_BYTES_MAX
    full = Wire(full_body, path=path, headers=by(1)).through(GATE)
    beyond = Wire(full_body + b"a", path=path, headers=by(1)).through(GATE)
    usual = b"a" * (BODY_BYTES_MAX + 1)
    others = [
        Wire(usual, path=other, headers=by(1)).through(GATE).status
        for other in (f"{path}/", f"{path}/x", f"/x{path}", path.upper(), path[:-1] + "/")
    ]
    methods = [
        Wire(usual, path=path, headers=by(1), method=method).through(GATE).status
        for method in ("PUT", "PATCH", "GET", "DELETE", "post")
    ]

    assert (full.status, beyond.status) == (200, 413)
    assert (others, methods) == ([413] * 5, [413] * 5)


def test_not_a_byte_of_a_file_is_read_from_somebody_who_is_not_signed_in():
    """Eight connections that send nothing on would keep everybody else's files out."""
    gate = gate_of(_echo)
    for headers, status, code in (
        ([], 401, "not_signed_in"),
        ([(b"authorization", b"Basic 1")], 401, "not_signed_in"),
        (by(-1), 403, "not_allowed"),
        (by(1) + by(2), 422, "duplicate_header"),
    ):
        for _ in range(LONG_BODIES_MAX + 1):
            wire = Wire(b"a", b"a", path=FILE_PATH, headers=headers).through(gate)
            assert (wire.status, wire.problem["code"], wire.reads) == (status, code, 0)
            assert wire.headers[b"connection"] == b"close"

    wire = Wire(b"a", path=FILE_PATH, headers=by(1)).through(gate)
    assert (wire.status, b"connection" in wire.headers) == (200, False)


class Slow(Wire):
    """Sends nothing until it is let go; then it is answered, or the application still works."""

    def __init__(self, subject, began, go):
        super().__init__(b"a", path=FILE_PATH, headers=by(subject))
        self.began, self.go = began, go

    async def receive(self):
        self.began.release()
        await self.go.wait()
        return await super().receive()


async def _while_slow(gate, subjects, ask):
    """Run `ask` while as many files come in slowly; return what it gave, and the slow requests."""
    began, go = asyncio.Semaphore(0), asyncio.Event()
    wires = [Slow(subject, began, go) for subject in subjects]
    tasks = [asyncio.create_task(gate(wire.scope, wire.receive, wire.send)) for wire in wires]
    for _ in tasks:
        await began.acquire()
    found = await ask()
    go.set()
    await asyncio.gather(*tasks)
    return found, wires


async def _sent(gate, **of):
    wire = Wire(b"a", **of)
    await gate(wire.scope, wire.receive, wire.send)
    return wire


def test_no_more_files_come_in_at_once_than_memory_is_meant_for():
    gate = gate_of(_echo)
    subjects = [1 + at // LONG_BODIES_OF_ONE_MAX for at in range(LONG_BODIES_MAX)]

    async def ask():
        return [await _sent(gate, path=FILE_PATH, headers=by(99)), await _sent(gate)]

    async def work():
        found, slow = await _while_slow(gate, subjects, ask)
        return found, [*slow, await _sent(gate, path=FILE_PATH, headers=by(99))]

    (one_more, small), after = asyncio.run(work())

    assert (one_more.status, one_more.problem["code"], one_more.reads) == (503, "overloaded", 0)
    assert one_more.headers[b"retry-after"] == b"5"
    assert [one.status for one in (small, *after)] == [200] * (2 + LONG_BODIES_MAX)


def test_one_caller_s_files_do_not_keep_another_s_out():
    gate = gate_of(_echo)

    async def ask():
        return [await _sent(gate, path=FILE_PATH, headers=by(of)) for of in (7, 8)]

    (own, other), slow = asyncio.run(_while_slow(gate, [7] * LONG_BODIES_OF_ONE_MAX, ask))

    assert (own.status, own.problem["code"], own.reads) == (503, "overloaded", 0)
    assert [one.status for one in (other, *slow)] == [200] * (1 + LONG_BODIES_OF_ONE_MAX)


def test_a_file_holds_its_slot_until_it_is_answered_and_gives_it_back_after_a_fault():
    """Its bytes are in memory as long."""
    began, go = asyncio.Semaphore(0), asyncio.Event()

    async def works(scope, receive, send):
        began.release()
        await go.wait()
        raise ZeroDivisionError

    gate = gate_of(works)

    async def work():
        sent = [
            asyncio.create_task(_sent(gate, path=FILE_PATH, headers=by(7)))
            for _ in range(LONG_BODIES_OF_ONE_MAX)
        ]
        for _ in sent:
            await began.acquire()
        meanwhile = await _sent(gate, path=FILE_PATH, headers=by(7))
        go.set()
        failed = await asyncio.gather(*sent)
        return [meanwhile, *failed, await _sent(gate, path=FILE_PATH, headers=by(7))]

    assert [one.status for one in asyncio.run(work())] == [503, 500, 500, 500]


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"9" * 30, "１".encode()])
def test_a_length_that_is_no_length_is_refused(length):
    assert Wire(b"a", headers=[(b"content-length", length)]).through(GATE).status == 413


def test_a_harmless_request_id_comes_back_and_any_other_is_replaced():
    kept = Wire(headers=[(b"x-request-id", b"abc-1.2_Z")]).through(GATE)
    gate = gate_of(_echo)
    replaced = [
        Wire(headers=[(b"x-request-id", value)]).through(gate).headers[b"x-request-id"]
        for value in (b"a b", b"x" * 65, b"", b"a\r\nset-cookie: b", "编号".encode())
    ]

    assert kept.headers[b"x-request-id"] == b"abc-1.2_Z"
    assert replaced == [b"t-1", b"t-2", b"t-3", b"t-4", b"t-5"]


def test_an_address_beyond_its_bound_is_not_found():
    assert Wire(path="/" + "a" * PATH_LENGTH_MAX).through(GATE).problem["code"] == "not_found"


def test_a_fault_nobody_named_is_a_500_that_tells_its_id_only():
    async def fails(scope, receive, send):
        raise RuntimeError("secret of the house")

    wire = Wire(headers=[(b"x-request-id", b"find-me")]).through(gate_of(fails))

    assert wire.status == 500
    assert wire.problem["code"] == "broken"
    assert wire.problem["request_id"] == "find-me"
    assert b"secret" not in wire.body


@pytest.mark.parametrize(
    ("error", "names"),
    [(Broken("sum differs"), ["Broken"]), (ZeroDivisionError("0"), ["ZeroDivisionError"]),
     (Overloaded("full"), []), (DeadlinePassed("late"), [])],
)  # fmt: skip
def test_an_answer_of_500_is_logged_once_with_its_request_id(error, names):
    async def fails(*_):
        raise error

    gate = gate_of(fails)

    with capture_logs() as logs:
        wire = Wire(headers=[(b"x-request-id", b"find-me")]).through(gate)

    assert (wire.status == 500) == bool(names)
    assert [
        (line["event"], line["request_id"], type(line["exc_info"]).__name__) for line in logs
    ] == [("request_failed", "find-me", name) for name in names]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Overloaded("full", retry_after_s=3), 503, "overloaded"), (Broken("inner"), 500, "broken")],
)
def test_a_named_fault_is_its_problem(error, status, code):
    async def fails(scope, receive, send):
        raise error

    wire = Wire().through(gate_of(fails))

    assert (wire.status, wire.problem["code"]) == (status, code)
    assert wire.headers.get(b"retry-after") == (b"3" if status == 503 else None)
    assert b"inner" not in wire.body


@pytest.mark.parametrize(("error", "status"), [
    (NotAllowed("not yours", code="own_work"), 403), (NotSignedIn("please sign in"), 401),
    (TooMany("wait", code="too_fast", retry_after_s=1), 429), (NotFound("no such thing"), 404),
])  # fmt: skip
def test_who_is_refused_for_who_they_are_or_how_fast_they_ask_leaves_a_line(error, status):
    """ASVS 16.3.2, 16.3.3. What is not there is no attempt at anything."""

    async def fails(*_):
        raise error

    with capture_logs() as logs:
        wire = Wire(headers=[(b"x-request-id", b"find-me")]).through(gate_of(fails))

    assert wire.status == status
    assert [(line["event"], line["request_id"], line["refusal"]) for line in logs] == (
        [] if status == 404 else [("request_refused", "find-me", error.code)]
    )


def test_by_https_every_answer_says_so_for_a_year_and_by_http_none_does():
    """ASVS 3.4.1; RFC 6797 7.2: the header may not be sent over plain http."""
    secure = Gate(_echo, RequestIds("t"), _admit, is_https=True)

    assert Wire().through(secure).headers[b"strict-transport-security"] == (
        b"max-age=31536000; includeSubDomains"
    )
    assert b"strict-transport-security" not in Wire().through(GATE).headers


def test_what_the_api_says_is_kept_by_nobody_and_a_page_says_so_itself():
    """ASVS 14.3.2."""

    async def dated(scope, receive, send):
        kept = [(b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": kept})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    assert Wire(path="/v1/loans").through(GATE).headers[b"cache-control"] == b"no-store"
    own = [value for name, value in Wire(path="/v1/loans").through(gate_of(dated)).sent[0]["headers"]
           if name == b"cache-control"]  # fmt: skip
    assert own == [b"no-cache"]
    assert b"cache-control" not in Wire(path="/").through(GATE).headers


def test_styles_may_be_inline_in_the_console_only_and_scripts_nowhere():
    borrower = Wire(path="/", method="GET").through(GATE).headers[b"content-security-policy"]
    console = Wire(path="/console", method="GET").through(GATE).headers[b"content-security-policy"]

    assert b"unsafe-inline" not in borrower
    assert console.endswith(b"; style-src 'self' 'unsafe-inline'")
    assert console.count(b"unsafe-inline") == 1


def test_a_set_of_rules_may_be_as_long_as_its_own_bound_and_nothing_else_may():
    most, more = b"x" * RULES_BYTES_MAX, b"x" * (RULES_BYTES_MAX + 1)

    assert Wire(most, path=RULES_PATH).through(GATE).status == 200
    for path, body in ((RULES_PATH, more), (f"{RULES_PATH}/x", most), ("/v1/lists", most)):
        assert Wire(body, path=path).through(GATE).status == 413
        length = (b"content-length", b"%d" % len(body))
        announced = Wire(body, path=path, headers=[length]).through(GATE)
        assert (announced.status, announced.reads) == (413, 0)


def test_the_releases_own_rules_take_a_tenth_of_their_bound_and_more_than_the_usual_one():
    files = {name: (rules_root() / name).read_text(encoding="utf-8") for name in RULE_FILES}
    length = len(json.dumps({"files": files, "why": "all of them"}))

    assert BODY_BYTES_MAX < length < RULES_BYTES_MAX / 8


class Ask:
    """Requests of one address or token, while the clock stands still."""

    def __init__(self):
        self.clock, self.reached = FixedClock(), 0

        async def count(scope, receive, send):
            self.reached += 1
            await _echo(scope, receive, send)

        self.gate = Gate(count, RequestIds("t"), _admit, Paces(self.clock))

    def __call__(self, *, path="/v1/loans", host="203.0.113.9", token=None):
        headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
        wire = Wire(b"x", path=path, headers=headers)
        wire.scope["client"] = (host, 1)
        return wire.through(self.gate)


def test_an_address_that_tries_to_sign_in_too_fast_is_told_when_and_nothing_of_it_is_read():
    ask = Ask()

    for path in ("/v1/sign-in", "/v1/sign-in/codes", "/v1/sign-in/password", "/v1/step-up/code"):
        assert [ask(path=path).status for _ in range(5)] == [200] * 5
    refused = ask(path="/v1/sign-in")

    assert (refused.status, refused.problem["code"], refused.reads) == (429, "too_fast", 0)
    assert (refused.headers[b"retry-after"], refused.headers[b"connection"]) == (b"2", b"close")
    assert set(refused.headers) >= SECURITY
    assert ask.reached == 20
    assert (ask().status, ask(path="/v1/sign-in", host="203.0.113.8").status) == (200, 200)
    ask.clock.advance(timedelta(seconds=2))
    assert ask(path="/v1/sign-in").status == 200


def test_an_address_has_three_hundred_requests_at_once_whatever_its_tokens_are():
    ask = Ask()

    statuses = [ask(token=f"token-{number}").status for number in range(301)]

    assert (statuses[:300], statuses[300]) == ([200] * 300, 429)


def test_a_token_has_three_hundred_requests_at_once_from_whatever_addresses():
    ask = Ask()

    statuses = [ask(token="one", host=f"203.0.113.{n % 250}").status for n in range(301)]

    assert (statuses[:300], statuses[300]) == ([200] * 300, 429)
    assert ask(token="other", host="203.0.113.1").status == 200
