"""A borrower asks for the proof of an entry of their own loan."""

from datetime import date

from tongtu.evidence.api import Entry, Sequencer, append
from tongtu.identity.api import Role
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.runtime.api import business_date
from tongtu.servicing.api import FrozenTerms, Money, NewLoan, Planned, open_loan
from tongtu.witness.api import leaf_hash, root_of


async def _lend(runtime):
    async with runtime.database.transaction() as connection:
        party = await connection.fetchval("select min(id) from identity.party")
        today = await business_date(connection)
        due = date(today.year + 1, today.month, today.day)
        terms = FrozenTerms(100_000, 720, 1080, (Planned(1, today, due, 100_000, 7_200, 0),))
        shard = id_shard(party)
        new = [runtime.ids.new(shard) for _ in range(5)]
        funds = Account(0, AccountKind.LENDER_FUNDS, 1).id
        aside = Account(0, AccountKind.CLEARING_PAYOUT)
        loan = NewLoan(new[0], party, new[1], new[2], 1, 1, "consumer_cash", terms)
        await open_accounts(connection, [aside])
        hold = Transfer(new[3], funds, aside.id, 100_000, Code.PAYOUT_HOLD)
        await post(connection, 0, [hold], today, runtime.clock.now())
        await open_loan(connection, runtime, loan, Money(new[4], 100_000, today))
        return new[0]


def test_a_borrower_gets_the_proof_of_their_own_loans_event_and_no_stranger_does(api, parts, run):
    own = api.sign_in("14412345678")
    loan = parts.runtime.public.show("loan", run(_lend(parts.runtime)))
    stranger = api.sign_in("14412345679")
    path = f"/v1/evidence/proofs/loan_event/{loan}"

    answer = api.get(path, own)

    assert (answer.status_code, answer.json()) == (200, {"state": "pending"})
    assert api.get(path, stranger).status_code == 404


def test_a_regulator_takes_the_whole_log_away_page_by_page_and_rebuilds_its_root(
    api, parts, run, staff
):
    runtime = parts.runtime

    async def fill():
        async with runtime.database.transaction() as connection:
            leaves = [Entry("decision", n, bytes([n % 256]) * 32) for n in range(1, 301)]
            await append(connection, 0, runtime.ids.new(0), leaves, runtime.clock.now())
        await Sequencer(runtime).step()

    run(fill())
    token = staff(Role.REGULATOR)
    point = api.get("/v1/evidence/checkpoint").json()
    items = [
        one
        for place in range(3)
        for one in api.get(f"/v1/evidence/leaves/{place}", token).json()["items"]
    ]

    assert [one["position"] for one in items] == list(range(300))
    assert items[0]["subject"] == runtime.public.show("decision", 1)
    assert (
        root_of([leaf_hash(bytes.fromhex(one["commitment"])) for one in items]).hex()
        == (point["root"])
    )
    assert (point["quorum"], point["final"], point["witnesses"]) == (3, None, [])
    assert api.get("/v1/evidence/leaves/-1", token).status_code in (404, 422)
