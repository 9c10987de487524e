"""A notice waits sealed, is found by its phone in demo mode only, and is part of its commit."""

from dataclasses import replace

import pytest

from tongtu.identity.api import parse_phone
from tongtu.kernel.errors import NotFound
from tongtu.notice.api import Notice, read_inbox, send


def test_a_notice_is_read_back_newest_first_by_its_phone_only(runtime, run):
    async def story():
        async with runtime.database.transaction() as connection:
            for code in ("111111", "222222"):
                notice = Notice("sign_in_code", {"code": code}, phone="+8614412345678")
                await send(connection, runtime, notice)
            mine = await read_inbox(connection, runtime, "14412345678")
            other = await read_inbox(connection, runtime, "14487654321")
            stored = str(await connection.fetch("select * from notice.box"))
        return mine, other, stored

    mine, other, stored = run(story())

    assert [message.code for message in mine] == ["222222", "111111"]
    assert mine[0].text.startswith("【通途】验证码 222222")
    assert other == []
    assert "222222" not in stored
    assert "14412345678" not in stored


def test_a_notice_of_a_commit_that_failed_was_never_written(runtime, run):
    async def story():
        with pytest.raises(ZeroDivisionError):
            async with runtime.database.transaction() as connection:
                notice = Notice("sign_in_code", {"code": "111111"}, phone="+8614412345678")
                await send(connection, runtime, notice)
                raise ZeroDivisionError
        async with runtime.database.reading() as connection:
            return await read_inbox(connection, runtime, "14412345678")

    assert run(story()) == []


@pytest.mark.parametrize("phone", ["13912345678", "+8614512345678", "008614012345678"])
def test_in_the_demo_too_nobody_reads_the_messages_of_a_number_a_person_may_have(
    runtime, run, phone
):
    async def story():
        async with runtime.database.transaction() as connection:
            notice = Notice("sign_in_code", {"code": "111111"}, phone=parse_phone(phone))
            await send(connection, runtime, notice)
            await read_inbox(connection, runtime, phone)

    with pytest.raises(NotFound):
        run(story())


def test_outside_the_demo_there_is_no_inbox_and_no_party_without_a_phone(runtime, run):
    real = replace(runtime, settings=replace(runtime.settings, demo=False))

    async def read():
        async with runtime.database.reading() as connection:
            await read_inbox(connection, real, "14412345678")

    async def write():
        async with runtime.database.transaction() as connection:
            await send(connection, runtime, Notice("paid_out", {"amount": "1"}, party=42))

    for action in (read, write):
        with pytest.raises(NotFound):
            run(action())
