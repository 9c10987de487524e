from __future__ import annotations

import asyncio

import pytest

from tongtu.simulators.bank.book import Book, Order, Status
from tongtu.simulators.bank.mischief import Mischief
from tongtu.simulators.bank.server import Bank, serve

ORDER = Order("pi_1", "lender-1", "pt_a", 250_000)


def test_a_payment_has_one_effect_however_often_it_is_sent():
    bank = Bank(Book(None, 1_000_000), Mischief())

    replies = [bank.pay(ORDER) for _ in range(3)]

    assert {reply.body for reply in replies} == {replies[0].body}
    assert b"<TxSts>ACSC</TxSts>" in replies[0].body
    assert bank.book.balance_minor("lender-1") == 750_000
    assert bank.book.balance_minor("pt_a") == 1_250_000
    assert bank.book.totals()["sum_minor"] == 0


def test_a_debtor_without_the_money_is_refused_and_nothing_moves():
    bank = Bank(Book(None, 249_999), Mischief())

    reply = bank.pay(ORDER)

    assert b"<TxSts>RJCT</TxSts>" in reply.body
    assert b"<Cd>AM04</Cd>" in reply.body
    assert bank.book.balance_minor("pt_a") == 249_999


def test_silence_before_the_effect_leaves_none_and_after_it_leaves_one():
    before = Bank(Book(None, 10**9), Mischief(timeout_before_effect=1.0))
    after = Bank(Book(None, 10**9), Mischief(timeout_after_effect=1.0))

    assert (before.pay(ORDER), after.pay(ORDER)) == (None, None)
    assert before.status("pi_1").status == 404
    assert b"ACSC" in after.status("pi_1").body


def test_a_doubtful_bank_forgets_once_and_then_calls_the_second_message_a_duplicate():
    bank = Bank(Book(None, 10**9), Mischief(duplicate=1.0))
    bank.pay(ORDER)

    assert bank.status("pi_1").status == 404
    assert b"<Cd>AM05</Cd>" in bank.pay(ORDER).body
    assert b"ACSC" in bank.status("pi_1").body
    assert bank.book.totals()["settled_minor"] == 250_000


def test_the_book_survives_a_kill_in_the_middle_of_a_line(tmp_path):
    path = tmp_path / "bank" / "book.jsonl"
    first = Book(path, 10**9)
    first.settle(ORDER)
    first.hold(Order("pi_2", "lender-1", "pt_b", 7))
    first.close()
    with path.open("ab") as file:
        file.write(b'{"end_to_end_id": "pi_3", "deb')

    again = Book(path, 10**9)

    assert again.find("pi_1").status is Status.SETTLED
    assert [order.end_to_end_id for order in again.pending()] == ["pi_2"]
    assert again.find("pi_3") is None
    again.settle(Order("pi_4", "lender-1", "pt_b", 8))
    again.close()
    third = Book(path, 10**9)
    assert third.totals() == {
        "payments": 3,
        "settled": 2,
        "refused": 0,
        "settled_minor": 250_008,
        "accounts": 3,
        "sum_minor": 0,
    }
    third.close()


def test_the_same_seed_lies_about_the_same_payments():
    def struck(seed):
        lies = Mischief(seed, late=0.3)
        return [n for n in range(2000) if lies.strikes("late", f"pi_{n}", 1)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert len(struck(1)) == 577


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /totals HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /elsewhere HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /payments HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", b"400"),
        (b"POST /payments HTTP/1.1\r\ncontent-length: 70000\r\n\r\n", b"413"),
    ],
)
def test_every_answer_says_that_it_is_a_simulator(request_head, status):
    async def talk():
        server = await serve(Bank(Book(None, 1), Mischief()), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request_head)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return head

    head = asyncio.run(talk())

    assert head.split()[1] == status
    assert b"x-simulator: tongtu bank simulator" in head
