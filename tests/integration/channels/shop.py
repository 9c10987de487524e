"""A platform with a decision lane and a bank of its own process, and people who buy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.loaded import shipped_engine

from tongtu.identity.api import issue_token, open_staff
from tongtu.journey.api import (
    SIGNED,
    close_days,
    decision_lane,
    match_statements,
    payment_settled,
    start_payout,
)
from tongtu.ledger.api import Account, balances_equal_replay
from tongtu.main import bank_process
from tongtu.payments.api import SETTLED, IsoRail, RailWorker
from tongtu.runtime.api import Relay, business_date

SOURCE = Path(__file__).parents[3] / "src"
FACTS = {
    "income_minor": 1_500_000, "expenses_minor": 300_000, "assets_minor": 5_000_000,
    "debt_minor": 0, "price_minor": 600_000, "seniority_years": 8, "home": "owner",
    "job": "fixed", "records": False,
}  # fmt: skip


class Shop:
    """The platform whole, worked step by step; `api` asks it over its own routes."""

    def __init__(self, api, parts, run, press):
        self.api, self.parts, self.run = api, parts, run
        self.runtime = parts.runtime
        self.parts.press = press

    async def open(self):
        runtime, parts = self.runtime, self.parts
        parts.decisions = decision_lane(runtime, shipped_engine(runtime.public))
        await parts.decisions.start()
        self.bank = await bank_process.find_or_start(runtime.settings.home, bytes(32))
        self.rail = parts.bank = IsoRail(self.bank.url)
        self.relay = Relay(runtime)
        self.relay.on(SIGNED, "payout", lambda event: start_payout(runtime, parts.pack, event))
        self.relay.on(SETTLED, "settled", lambda event: payment_settled(runtime, event))
        await self.relay.start()
        await self.relay.stop()

    async def close(self):
        await self.rail.close()
        await bank_process.stop(self.bank)
        await self.parts.decisions.stop()

    def staff(self, role, organisation=0, name=""):
        caller = self.run(
            open_staff(self.runtime, f"{role}-{organisation}-{name}", role, organisation)
        )
        return self.run(issue_token(self.runtime, caller)).text

    def buyer(self, phone="14412345678"):
        """Bring a person in who is identified and consented to everything."""
        api = self.api
        token = api.sign_in(phone)
        person = api.post("/v1/demo/persons").json()
        shown = {"name": person["name"], "resident_id": person["resident_id"]}
        told = api.send("PUT", "/v1/me/identity", token=token, body=shown, key=f"identity-{phone}")
        assert told.is_success, told.text
        grants = [{"scope": "identity_check"}, {"scope": "automated_decision"}]
        grants += [
            {"scope": "share_lender", "recipient": one.id} for one in self.parts.book.lenders
        ]
        version = api.get("/v1/consent-texts").json()["version"]
        self.ask("POST", "/v1/me/consents", token, {"grants": grants, "version": version})
        return token

    def ask(self, method, path, token, body=None, key=None):
        if method == "GET":
            answer = self.api.get(path, token)
        else:
            answer = self.api.post(path, body, token=token, key=key)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    def sign(self, token, application, offer):
        """Accept an offer, read its costs, sign; return the table of costs."""
        path = f"/v1/applications/{application}/acceptance"
        accepted = self.ask("POST", path, token, {"offer": offer})["offer"]
        table = self.ask("GET", f"/v1/offers/{accepted}/cost-table", token)
        self.runtime.clock.advance(timedelta(seconds=10))
        self.ask("POST", f"/v1/offers/{accepted}/cost-table/confirmation", token)
        self.acknowledge(token, accepted, table)
        paper = self.ask("POST", f"/v1/offers/{accepted}/agreement", token)
        path = f"/v1/agreements/{paper['agreement']}/signature"
        self.ask("POST", path, token, {"sha256": paper["sha256"]})
        return table

    def acknowledge(self, token, offer, table):
        seen = [{"clause": one["clause"], "sha256": one["sha256"]} for one in table["clauses"]]
        return self.ask(
            "POST", f"/v1/offers/{offer}/clauses/acknowledgement", token, {"clauses": seen}
        )

    def carry(self):
        """Let relay and rail do what is due, until nothing is."""
        worker = RailWorker(self.runtime, self.rail)
        for _ in range(20):
            moved = self.run(self.relay.step(SIGNED, "payout"))
            self.runtime.clock.advance(timedelta(seconds=2))
            moved += self.run(worker.step())
            moved += self.run(self.relay.step(SETTLED, "settled"))
            if not moved:
                return
        raise AssertionError("something is never done")

    def today(self):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await business_date(connection)

        return self.run(look())

    def close_day(self, days=1):
        last = self.today() + timedelta(days=days - 1)
        return self.run(close_days(self.parts, last))

    def reconciled(self, lender):
        """Match the bank's statements of a lender; return entries, matches and breaks."""
        self.runtime.clock.advance(timedelta(seconds=1))
        [one] = self.run(match_statements(self.runtime, self.rail, [lender], self.today()))
        return one

    def fetch(self, statement, *given):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await connection.fetch(statement, *given)

        return self.run(look())

    def balance(self, kind, owner=0, product=None):
        number = Account(0, kind, owner, product).id
        rows = self.fetch("select balance_minor from ledger.account where id = $1", number)
        return rows[0]["balance_minor"] if rows else 0

    def books(self):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await balances_equal_replay(connection)

        found = self.run(look())
        return found.differences, found.sum_minor
