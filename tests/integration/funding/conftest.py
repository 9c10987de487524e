"""A database whose lenders are open, and the SQL door as the decision lane calls it."""

from datetime import UTC, date, datetime

import pytest

from tongtu.funding.api import Opening, load_book, open_lenders

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def book():
    return load_book()


@pytest.fixture
def opened(runtime, run, book):
    async def make():
        async with runtime.database.transaction() as connection:
            await open_lenders(connection, book, Opening(DAY, AT, 1))

    run(make())
    return runtime.database


@pytest.fixture
def rows(opened, run):
    """Return the result of one query as plain tuples."""

    def ask(query, *arguments):
        async def fetch():
            async with opened.transaction() as connection:
                return [tuple(row) for row in await connection.fetch(query, *arguments)]

        return run(fetch())

    return ask
