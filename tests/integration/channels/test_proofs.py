"""A borrower asks for the proof of an entry of their own loan."""

from datetime import date

from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.runtime.api import business_date
from tongtu.servicing.api import FrozenTerms, Money, NewLoan, Planned, open_loan


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
