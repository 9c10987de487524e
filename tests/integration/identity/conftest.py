"""People who sign in, and staff."""

import pytest

from tongtu.identity.api import Role, check_character, finish_sign_in, open_staff, start_sign_in


class Phone:
    """A handset: it keeps what was sent to it."""

    def __init__(self):
        self.codes = []

    async def deliver(self, connection, message):
        self.codes.append((message.phone, message.code))


def resident_id(born="19900101", sequence="001"):
    body = f"999999{born}{sequence}"
    return body + check_character(body)


@pytest.fixture
def phone():
    return Phone()


@pytest.fixture
def sign_in(runtime, run, phone):
    def signed_in(number="14412345678"):
        challenge = run(start_sign_in(runtime, number, "127.0.0.1", phone.deliver))
        return run(finish_sign_in(runtime, challenge.text, phone.codes[-1][1]))

    return signed_in


@pytest.fixture
def operators(runtime, run):
    return [run(open_staff(runtime, f"operator-{n}", Role.OPERATOR)) for n in (1, 2)]


@pytest.fixture
def rows(runtime, run):
    """Count the rows of tables, to show what did and did not change."""

    async def counted(tables):
        async with runtime.database.reading() as connection:
            return [await connection.fetchval(f"select count(*) from {table}") for table in tables]

    return lambda *tables: run(counted(tables))
