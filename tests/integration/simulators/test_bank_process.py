"""The bank as a process: its door, its bounds, its end."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    path = tmp_path_factory.mktemp("a bank") / "folder" / "journal.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "tongtu.simulators.bank", "--data", str(path), "--seed", "7"],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(SOURCE)},
    )
    yield json.loads(process.stdout.readline())["port"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        answer = connection.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head, body


def head(line, *fields):
    return "\r\n".join([line, "host: bank", *fields, "", ""]).encode()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (head("GET /totals HTTP/1.1"), 200),
        (head("GET /payments/pi_0 HTTP/1.1"), 404),
        (head("GET /elsewhere HTTP/1.1"), 404),
        (head("GET /payments/../x HTTP/1.1"), 404),
        (head("GET /payments HTTP/1.1"), 405),
        (head("POST /totals HTTP/1.1"), 405),
        (head("POST /payments HTTP/1.1", "content-length: 3") + b"abc", 400),
        (head("POST /payments HTTP/1.1", "content-length: 65537"), 413),
        (head("POST /payments HTTP/1.1", "content-length: 65536") + b"x" * 65_536, 400),
        (head("POST /payments HTTP/1.1", "content-length: -1"), 400),
        (head("POST /payments HTTP/1.1", "content-length: 1", "content-length: 2"), 400),
        (head("POST /payments HTTP/1.1", "transfer-encoding: chunked"), 411),
        (head("POST /payments HTTP/1.1", "content-length : 1"), 400),
        (head("BREW /payments HTTP/1.1"), 400),
        (head("GET /totals HTTP/2.0"), 400),
        (b"\x16\x03\x01 hello\r\n\r\n", 400),
        (b"GET /totals HTTP/1.1\r\nx: " + b"y" * 8_300 + b"\r\n\r\n", 431),
    ],
)
def test_every_answer_says_that_it_is_a_simulator(bank, request_bytes, status):
    told, answer_head, _ = ask(bank, request_bytes)

    assert told == status
    assert b"\r\nx-simulator: bank\r\n" in answer_head


def test_a_connection_is_kept_and_a_half_request_harms_nobody(bank):
    with socket.create_connection(("127.0.0.1", bank), timeout=5) as half:
        half.sendall(b"POST /payments HTTP/1.1\r\ncontent-length: 10\r\n\r\nabc")
    with socket.create_connection(("127.0.0.1", bank), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(head("GET /totals HTTP/1.1"))
            body = connection.recv(65_536).partition(b"\r\n\r\n")[2]
            assert json.loads(body) == {"payments": 0, "done": 0, "refused": 0, "done_minor": 0}


def test_a_wrong_probability_is_refused_at_the_start(tmp_path):
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "tongtu.simulators.bank", "--late", "2"),
            *("--data", str(tmp_path / "journal")),
        ],
        capture_output=True,
        env={"PYTHONPATH": str(SOURCE)},
        timeout=20,
        check=False,
    )

    assert ended.returncode == 2
    assert b"late is a probability" in ended.stderr
    assert not (tmp_path / "journal").exists()
