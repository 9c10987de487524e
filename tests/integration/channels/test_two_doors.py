"""One law at two doors, over real sockets: what an application's request may look like on the wire,
and how its answer comes back, is the same at the hot door and at the ordinary one."""

import importlib
import json
import logging
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from tongtu.channels.rest import gate, wire
from tongtu.channels.rest.body import BODY_BYTES_MAX
from tongtu.channels.rest.hot import protocol
from tongtu.kernel.errors import Broken, Conflict
from tongtu.runtime.api import Settings

from .doors import DOORS, HUNG_S, body, chunked, head, proves, serving, whole

SERVE = importlib.import_module("tongtu.main.serve")  # the package names its function so, too
KEY = b'{"key":"key-00000001"}'
SECURITY = {
    "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
    "cross-origin-resource-policy", "permissions-policy", "content-security-policy",
    "x-request-id",
}  # fmt: skip
both = pytest.mark.parametrize("door", DOORS)


def padded(size):
    """Return the application with white space around it."""
    return body().ljust(size)


@pytest.mark.parametrize(
    ("about", "given", "status"),
    [
        ("taken", {}, 201),
        ("nobody", {"authorization": None}, 401),
        ("no key", {"idempotency_key": None}, 422),
        ("no JSON", {"content_type": "text/plain"}, 415),
        ("too long", {"content": padded(BODY_BYTES_MAX + 1)}, 413),
        ("no application", {"content": b"{}"}, 422),
        ("its own last", {"connection": "close"}, 201),
        ("a refusal as last", {"connection": "close", "idempotency_key": None}, 422),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@proves
async def test_an_answer_has_the_same_head_and_body_at_both_doors(about, given, status):
    async with serving() as served:
        answers = [await served.ask(whole(door, x_request_id="same", **given)) for door in DOORS]

    assert {answer[0] for answer in answers} == {status}
    (_, hot, hot_body), (_, ordinary, ordinary_body) = answers
    assert {name: v for name, v in hot.items() if name != "date"} == {
        name: v for name, v in ordinary.items() if name != "date"
    }
    assert hot_body == ordinary_body
    assert SECURITY | {"date", "content-length", "cache-control"} <= set(hot)


@both
@proves
async def test_requests_sent_at_once_are_answered_in_their_order(door):
    other = DOORS[1 - DOORS.index(door)]
    async with serving() as served:
        client = await served.client()
        numbered = [(door, 1), (other, 2), (door, 3), (door, 4), (other, 5), (other, 6), (door, 7)]
        sent = [whole(each, idempotency_key=f"key-0000000{n}") for each, n in numbered]
        await client.send(b"".join(sent))
        answers = [await client.answer() for _ in numbered]

    keys = [f"key-0000000{n}" for _, n in numbered]
    assert [json.loads(answer[2])["key"] for answer in answers] == keys
    assert served.desk.keys == keys  # none begins before the one before it is answered
    assert len({answer[1]["x-request-id"] for answer in answers}) == len(numbered)


@proves
async def test_a_thousand_refusals_behind_one_answer_come_in_order_as_well():
    async with serving() as served:
        served.desk.gate.clear()
        client = await served.client()
        nobody = whole("hot", content=b"{}", authorization=None)
        await client.send(whole("hot") + nobody * 1_000)
        await served.desk.taken.wait()
        served.desk.gate.set()
        statuses = await client.statuses(1_001)

    assert statuses == [201, *[401] * 1_000]


@both
@proves
async def test_a_connection_serves_one_request_after_the_other(door):
    async with serving() as served:
        client = await served.client()
        for _ in range(3):
            await client.send(whole(door))
            status, headers, content = await client.answer()
            assert (status, content, "connection" in headers) == (201, KEY, False)
    assert served.parts.live.decisions == 3


@both
@proves
async def test_a_body_comes_by_the_byte_or_in_chunks(door):
    content = body()
    bytewise = [content[n : n + 1] for n in range(len(content))]
    async with serving() as served:
        sent = whole(door)
        client = await served.client()
        await client.send(*[sent[n : n + 1] for n in range(len(sent))])
        assert (await client.answer())[::2] == (201, KEY)
        await client.send(chunked(door, content[:100], content[100:]))
        assert (await client.answer())[::2] == (201, KEY)
        await client.send(chunked(door, *bytewise))
        assert (await client.answer())[::2] == (201, KEY)


@both
@proves
async def test_a_body_of_exactly_the_bound_is_taken_and_one_byte_more_is_not(door):
    most, more = padded(BODY_BYTES_MAX), padded(BODY_BYTES_MAX + 1)
    async with serving() as served:
        taken = [
            await served.ask(whole(door, content=most)),
            await served.ask(chunked(door, most[:9], most[9:])),
        ]
        refused = [
            await served.ask(whole(door, content=more)),
            await served.ask(chunked(door, more[:9], more[9:])),
        ]

    assert [answer[0] for answer in taken + refused] == [201, 201, 413, 413]
    assert [answer[1].get("connection") for answer in refused] == ["close", "close"]
    assert len(served.desk.keys) == 2


@both
@proves
async def test_who_expects_100_continue_gets_it_before_the_body_and_not_before_a_refusal(door):
    async with serving() as served:
        client = await served.client()
        expects = "expect: 100-continue"
        await client.send(head(door, f"content-length: {len(body())}", expects))
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(body())
        assert (await client.answer())[::2] == (201, KEY)
        await client.send(head(door, "content-length: 9999999", expects))
        assert (await client.answer())[0] == 413
        assert await client.ended() == b""
    assert len(served.desk.keys) == 1


@both
@pytest.mark.parametrize("given", [{"version": "1.0"}, {"connection": "close"}])
@proves
async def test_the_connection_ends_after_the_last_answer(door, given):
    async with serving() as served:
        client = await served.client()
        await client.send(whole(door, **given) + whole(door, idempotency_key="key-behind-it"))
        status, headers, content = await client.answer()
        left = await client.ended()

    assert (status, headers["connection"], content, left) == (201, "close", KEY, b"")


@both
@pytest.mark.parametrize("sent", [b"", b"{"])
def test_a_body_that_does_not_come_is_given_up(door, sent, monkeypatch):
    for module in (gate, protocol):
        monkeypatch.setattr(module, "BODY_TIMEOUT_S", 0.05)

    @proves
    async def given_up():
        async with serving() as served:
            client = await served.client()
            await client.send(head(door, "content-length: 50") + sent)
            status, headers, content = await client.answer()
            assert (status, headers["connection"]) == (408, "close")
            assert json.loads(content)["code"] == "too_slow"
            assert await client.ended() == b""
        assert served.desk.keys == []

    given_up()


@pytest.mark.parametrize("before", ["nothing", *DOORS])
def test_a_head_that_does_not_end_is_given_up(before, monkeypatch):
    monkeypatch.setattr(wire, "HEAD_TIMEOUT_S", 0.05)

    @proves
    async def given_up():
        async with serving() as served:
            client = await served.client()
            if before != "nothing":
                await client.send(whole(before))
                assert (await client.answer())[0] == 201
            await client.send(b"POST /v1/applications HTTP/1.1\r\nhost: a\r\n")
            assert await client.ended() == b""

    given_up()


@both
def test_a_connection_that_rests_too_long_ends_and_one_that_waits_for_its_answer_does_not(
    door, monkeypatch
):
    monkeypatch.setattr(SERVE, "KEEP_ALIVE_S", 0.1)

    @proves
    async def rests():
        async with serving() as served:
            client, other = await served.client(), await served.client()
            await client.send(whole(door))
            assert (await client.answer())[0] == 201
            served.desk.gate.clear()
            served.desk.taken.clear()
            await client.send(whole(door))
            await served.desk.taken.wait()
            await other.send(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await other.answer())[0] == 200
            assert await other.ended() == b""  # it rested as long as the first one waits now
            served.desk.gate.set()
            assert (await client.answer())[0] == 201
            assert await client.ended() == b""

    rests()


LARGE = b"x" * 400_000


@proves
async def test_a_client_that_does_not_read_is_not_served_on_until_it_does_and_then_in_order():
    async with serving() as served:
        served.desk.answer = lambda request: request.key.encode() + LARGE
        client = await served.client(limit=4096)
        keys = [f"key-{n:08d}" for n in range(60)]
        sent = [whole(DOORS[n % 3 == 1], idempotency_key=key) for n, key in enumerate(keys)]
        await client.send(b"".join(sent))
        await _settled(served)
        begun = len(served.desk.keys)
        answers = [(await client.answer())[2] for _ in keys]

    assert 0 < begun < len(keys) / 2
    assert [answer[:12].decode() for answer in answers] == keys
    assert {len(answer) for answer in answers} == {12 + len(LARGE)}
    assert served.desk.keys == keys


def test_a_client_that_never_reads_is_cut_off(monkeypatch):
    monkeypatch.setattr(SERVE, "KEEP_ALIVE_S", 0.05)

    @proves
    async def cut():
        async with serving() as served:
            served.desk.answer = lambda _: LARGE
            client = await served.client(limit=4096)
            await client.send(b"".join(whole("hot") for _ in range(60)))
            await served.stop()  # ends only with its last connection
            assert len(served.desk.keys) < 60

    cut()


@both
@proves
async def test_what_is_in_flight_when_the_platform_stops_is_answered(door):
    async with serving() as served:
        client, idle = await served.client(), await served.client()
        await idle.send(whole(door))
        assert (await idle.answer())[0] == 201
        served.desk.gate.clear()
        served.desk.taken.clear()
        await client.send(whole(door))
        await served.desk.taken.wait()
        served.parts.stopping.set()
        assert await idle.ended() == b""
        assert not served.task.done()
        served.desk.gate.set()
        status, headers, content = await client.answer()
        assert (status, headers["connection"], content) == (201, "close", KEY)
        assert await client.ended() == b""
        await served.task
        with pytest.raises(ConnectionRefusedError):
            await served.client()


@both
@proves
async def test_another_method_is_the_ordinary_applications(door):
    methods = {"GET": 401, "OPTIONS": 403, "HEAD": 405, "PUT": 405, "DELETE": 405, "PATCH": 405}
    async with serving() as served:
        client = await served.client()
        for method, expected in methods.items():
            await client.send(head(door, method=method, authorization=None) + whole(door))
            told = await client.head() if method == "HEAD" else await client.answer()
            assert (method, told[0], (await client.answer())[0]) == (method, expected, 201)
            assert set(told[1]) >= SECURITY
            assert told[1].get("allow") == ("GET, OPTIONS, POST" if expected == 405 else None)


@both
@proves
async def test_a_trailer_is_no_header(door):
    async with serving() as served:
        trailer = b"idempotency-key: key-00000001\r\n"
        sent = chunked(door, body(), trailer=trailer, idempotency_key=None)
        status, _, content = await served.ask(sent)

    assert (status, json.loads(content)["code"], served.desk.keys) == (422, "bad_key", [])


@both
@proves
async def test_a_client_that_goes_before_its_answer_undoes_nothing_and_harms_nobody(door):
    async with serving() as served:
        served.desk.gate.clear()
        gone, half = await served.client(), await served.client()
        await half.send(head(door, "content-length: 50"))
        await half.close()
        await gone.send(whole(door))
        await served.desk.taken.wait()
        await gone.close()
        with capture_logs() as logs:
            served.desk.gate.set()
            assert (await served.ask(whole(door, idempotency_key="key-00000002")))[0] == 201

    assert (served.desk.keys, logs) == (["key-00000001", "key-00000002"], [])
    assert served.parts.live.decisions == 2


@both
@proves
async def test_what_is_not_http_is_refused_behind_the_answers_before_it(door):
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    async with serving() as served:
        served.desk.gate.clear()
        client = await served.client()
        await client.send(whole(door) + whole(door) + b"\x16\x03\x01 nonsense\r\n\r\n")
        await served.desk.taken.wait()
        served.desk.gate.set()
        assert await client.statuses(3) == [201, 201, 400]
        assert await client.ended() == b""


@both
@proves
async def test_a_fault_of_ours_is_logged_once_with_its_request_id_and_tells_nothing(door):
    async with serving() as served:
        for fault in (Broken("sum differs"), Conflict("taken", code="taken")):
            served.desk.answer = lambda _, fault=fault: fault
            with capture_logs() as logs:
                status, headers, content = await served.ask(whole(door, x_request_id="find-me"))
            problem = json.loads(content)
            assert headers["x-request-id"] == problem["request_id"] == "find-me"
            assert (status, problem["code"]) == (fault.status, fault.code)
            is_ours = fault.status == 500
            assert [(line["event"], line["request_id"]) for line in logs] == [
                ("request_failed", "find-me")
            ] * is_ours
            assert b"sum differs" not in content


@both
@proves
async def test_a_full_lane_says_when_to_come_again(door):
    async with serving(queue_max=0) as served:
        status, headers, content = await served.ask(whole(door))

    assert (status, headers["retry-after"]) == (503, "1")
    assert json.loads(content)["code"] == "overloaded"


@both
@proves
async def test_no_lane_yet_says_when_to_come_again(door):
    async with serving() as served:
        served.parts.decisions = None
        status, headers, content = await served.ask(whole(door))

    assert (status, json.loads(content)["code"]) == (503, "not_ready")
    assert headers["retry-after"] == "5"


@proves
async def test_a_request_id_of_another_form_is_replaced_by_one_numbering_for_both_doors():
    async with serving() as served:
        sent = [whole(each, x_request_id=said) for said in ("a b", "x" * 65, "编号", "")
                for each in DOORS]  # fmt: skip
        named = [(await served.ask(one))[1]["x-request-id"] for one in sent]

    assert named == [f"doors-{n:x}" for n in range(1, 9)]


@both
@proves
async def test_a_trusted_proxy_changes_nothing_of_an_application(door):
    settings = replace(Settings(), trusted_proxies="127.0.0.1")
    async with serving(settings=settings) as served:
        sent = whole(door, x_forwarded_for="198.51.100.1", x_forwarded_proto="https")
        assert (await served.ask(sent))[::2] == (201, KEY)


@proves
async def test_a_client_that_sends_beyond_the_bound_hears_why_before_the_connection_ends():
    async with serving() as served:
        client = await served.client()
        await client.send(head("hot", "content-length: 1048576"), *[b"a" * 65_536] * 16)
        status, headers, content = await client.answer()
        assert (status, headers["connection"]) == (413, "close")
        assert json.loads(content)["code"] == "too_large"
        assert await client.ended() == b""


@pytest.mark.parametrize(("seconds", "size_max"), [(0.05, 10**12), (HUNG_S, 10**6)])
def test_who_goes_on_sending_after_its_refusal_is_cut_off(seconds, size_max, monkeypatch):
    monkeypatch.setattr(protocol, "LINGER_S", seconds)
    monkeypatch.setattr(protocol, "LINGER_BYTES_MAX", size_max)

    @proves
    async def cut_off():
        async with serving() as served:
            client = await served.client()
            await client.send(whole("hot", content=padded(BODY_BYTES_MAX + 1)))
            assert (await client.answer())[0] == 413
            with pytest.raises(ConnectionError):
                while True:
                    await client.send(b"x" * 65_536)

    cut_off()


@proves
async def test_nothing_is_taken_behind_a_refusal_that_ends_the_connection():
    async with serving() as served:
        client = await served.client()
        much = padded(BODY_BYTES_MAX + 1)
        await client.send(whole("hot", content=much) + whole("hot") + whole("ordinary"))
        assert (await client.answer())[0] == 413
        assert await client.ended() == b""
    assert served.desk.keys == []


async def _settled(served):
    """Wait until two looks in a row see the same: nothing is under way."""
    seen = -1
    while seen != len(served.desk.keys):
        seen = len(served.desk.keys)
        for _ in range(3):
            assert (await served.ask(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n"))[0] == 200
