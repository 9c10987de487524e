from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from tongtu.catalog.api import Catalogue
from tongtu.contracts.api import (
    DossierTrust,
    LocalCa,
    LocalTsa,
    Press,
    read_document,
    verify_agreement,
    verify_dossier,
)
from tongtu.contracts.api import find_agreement as find_paper
from tongtu.evidence.api import (
    Sequencer,
    Trust,
    audit,
    commitment,
    log_signer,
    proof,
    to_bundle,
    verify,
)
from tongtu.funding.api import (
    Book,
    LenderDecision,
    Opening,
    Reservation,
    commit,
    load_book,
    open_day,
    open_lenders,
    release,
    reserve,
    reserve_quota,
    settle,
    share_out,
)
from tongtu.identity.api import (
    CommandKey,
    Grant,
    Scope,
    check_character,
    finish_sign_in,
    grant_consents,
    identify,
    start_sign_in,
    withdraw_consent,
)
from tongtu.journey import day_end
from tongtu.journey.api import (
    SIGNED,
    Repayment,
    Signature,
    acknowledge_clauses,
    close_days,
    confirm_cost,
    contract_bundle,
    payment_settled,
    prepare_agreement,
    repay,
    seen_clauses,
    show_cost,
    sign_agreement,
    start_payout,
)
from tongtu.journey.payout import hold_commitment
from tongtu.kernel.errors import BadInput, Broken, Conflict, NotFound, Refused
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, balances_equal_replay, post
from tongtu.origination.api import Offer
from tongtu.payments.api import SETTLED, Answer, RailWorker, Saying
from tongtu.policy.api import Laws, Pack
from tongtu.process.api import append
from tongtu.process.api import history as history_of
from tongtu.runtime.api import Event, Relay, Runtime, advance_business_date, business_date
from tongtu.servicing.api import find_loan, list_loans
from tongtu.terms.api import quote

NAME = "王小明"
READ = timedelta(seconds=10)


class Rail:
    """A bank that answers at once: yes, or no to whatever it was told to refuse."""

    def __init__(self):
        self.sent, self.refuses = [], False

    async def pay(self, wire, at):
        self.sent.append(wire)
        if self.refuses:
            return Answer(Saying.NO, reason="AC04")
        return Answer(Saying.YES, reference="ref", amount_minor=wire.amount_minor)

    async def status(self, end_to_end_id):
        return Answer(Saying.NOT_KNOWN)


@dataclass
class House:
    """The platform from an accepted offer on, step by step instead of by workers."""

    runtime: Runtime
    run: object
    pack: Pack
    book: Book
    catalogue: Catalogue
    press: Press
    rail: Rail
    caller: object = None
    offer: int = 0
    application: int = 0
    commitment: int = 0
    keys: int = 0
    laws: Laws | None = None

    def paper_line(self, lender):
        return None

    def law_of(self, lender):
        return self.pack if self.laws is None else self.laws.of(lender)

    def key(self, body=b"body-of-the-command"):
        self.keys += 1
        return CommandKey(f"key-{self.keys:04}", body)

    def carry(self):
        """Let workers and relay do what is due."""
        worker = RailWorker(self.runtime, self.rail)
        self.run(self.relay.step(SIGNED, "payout"))
        while self.run(worker.step()):
            pass
        self.run(self.relay.step(SETTLED, "settled"))

    async def reading(self, look, *given):
        async with self.runtime.database.reading() as connection:
            return await look(connection, *given)

    def fetch(self, statement):
        async def look(connection):
            return await connection.fetch(statement)

        return self.run(self.reading(look))

    def steps(self):
        taken = self.run(self.reading(history_of, 0, self.application))
        return [one.step for one in taken]

    def balance(self, kind, owner, product=None):
        number = Account(0, kind, owner, product).id
        rows = self.fetch(f"select balance_minor from ledger.account where id = {number}")
        return rows[0]["balance_minor"] if rows else None

    def read_costs(self):
        shown = self.run(show_cost(self, self.caller, self.offer))
        self.runtime.clock.advance(READ)
        self.run(confirm_cost(self, self.caller, self.offer, self.key()))
        self.acknowledge()
        return shown

    def acknowledge(self, *names):
        """Acknowledge the clauses of these names, or all of them."""
        seen = self.run(seen_clauses(self, self.caller, self.offer))
        wanted = {
            one.clause.id: one.clause.sha256 for one in seen if not names or one.clause.id in names
        }
        call = acknowledge_clauses(self, self.caller, self.offer, wanted, self.key())
        return json.loads(self.run(call))["acknowledged"]

    def sign(self):
        made = json.loads(self.run(prepare_agreement(self, self.caller, self.offer, self.key())))
        agreement = self.runtime.public.read("agreement", made["agreement"])
        wanted = Signature(agreement, bytes.fromhex(made["sha256"]))
        return agreement, self.run(sign_agreement(self, self.caller, wanted, self.key()))

    def leaves(self, kind, subject):
        """Return the hashes of a subject's leaves, oldest first."""
        batches = self.fetch("select kinds, subjects, hashes from evidence.batch order by xid")
        rows = [row for batch in batches for row in zip(*batch.values(), strict=True)]
        return [leaf for *of, leaf in rows if of == [kind, subject]]

    def given_back(self):
        """Return the promise's state, its program's reserved quota, and the exposure."""
        return (
            self.fetch("select state from funding.commitment")[0][0],
            self.fetch("select sum(reserved_minor)::int8 from funding.quota")[0][0],
            self.fetch("select used_minor from origination.exposure")[0][0],
        )

    def own_loan(self):
        [item], _ = self.run(self.reading(list_loans, self.runtime, self.caller))
        number = self.runtime.public.read("loan", item["loan"])
        return number, self.run(self.reading(find_loan, self.runtime, self.caller, number))


@pytest.fixture(scope="module")
def shipped():
    return Pack.load("cn/2026.08"), load_book(), Catalogue.load()


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    """One printing process for all tests: it knows nothing of a loop or a database."""
    since, home = datetime(2026, 11, 24, tzinfo=UTC), tmp_path_factory.mktemp("home")
    authority = LocalCa.open(home, since, bytes(range(1, 20)))
    own = Press(authority, 1, LocalTsa.open(home, authority, since, bytes(range(7, 26))))
    yield own
    asyncio.run(own.stop())


@pytest.fixture
def empty_house(runtime, run, shipped, press):
    made = House(runtime, run, *shipped, press, Rail())
    pack = made.pack
    made.relay = Relay(runtime)
    made.relay.on(SIGNED, "payout", lambda event: start_payout(runtime, pack, event))
    made.relay.on(SETTLED, "settled", lambda event: payment_settled(runtime, event))
    run(made.relay.start())
    run(made.relay.stop())
    return made


@pytest.fixture
def house(empty_house, run):
    run(_arrive(empty_house))
    return empty_house


@pytest.fixture
def joint_house(empty_house, run):
    run(_arrive(empty_house, 701, fee=3_000))
    return empty_house


async def _arrive(house, number=101, fee=0):
    """Bring a person to an accepted offer of a program, the first lender's first by default."""
    runtime, codes = house.runtime, []

    async def deliver(connection, message):
        codes.append(message.code)

    challenge = await start_sign_in(runtime, "14412345678", "127.0.0.1", deliver)
    token = await finish_sign_in(runtime, challenge.text, codes[-1])
    house.caller = token.caller
    body = "99999919900101001"
    await identify(runtime, house.caller, NAME, body + check_character(body))
    party, at = house.caller.subject, runtime.clock.now()
    new = [runtime.ids.new(id_shard(party)) for _ in range(4)]
    house.application, decision, house.offer, house.commitment = new
    program, figures = house.book.program(number), quote(3_000_000, 720, 3, fee)
    lender = house.book.lender(program.lender)
    offer = Offer(
        program=program.id, lender=lender.number, amount_minor=3_000_000, tenor_months=3,
        rate_bps=720, fee_monthly_minor=fee, instalment_minor=figures.instalment_minor,
        last_instalment_minor=figures.last_minor, total_minor=figures.total_minor,
        cost_minor=figures.cost_minor, irr12_ppm=figures.irr12_ppm,
        effective_ppm=figures.effective_ppm,
    )  # fmt: skip
    async with runtime.database.transaction() as connection:
        day = await business_date(connection)
        await open_lenders(connection, house.book, Opening(day, at, 1))
        await connection.execute(
            "insert into origination.application values"
            " (0, $1, $2, $3, $4, 3000000, 3, 1, $5, $6)",
            house.application, party, decision, program.products[0], day, at,
        )  # fmt: skip
        version = await connection.fetchval(
            "insert into origination.version (hash, pack, pack_hash, model_hash, rules_hash,"
            " book_hash, dictionary, sources, since)"
            " values ($1, '', '', '', '', '', '', '', $2) returning id",
            bytes(32), at,
        )  # fmt: skip
        await connection.execute(
            "insert into origination.decision values"
            " (0, $1, $2, $3, 'offers', 600, 1, array[$4::int8], $5, '')",
            decision, house.application, version, program.id, bytes(16),
        )  # fmt: skip
        await connection.execute(
            "insert into origination.acceptance values"
            " (0, $1, $2, $3, $4, 1, $5, $6, $7, 3000000, 3000000, $8::jsonb, $9, $10, $11)",
            house.offer, house.application, decision, party, lender.number, program.id,
            house.commitment, json.dumps(offer._asdict()), day, at, bytes(16),
        )  # fmt: skip
        held = Reservation(
            house.commitment, house.application, program.id, lender.number, 3_000_000, day
        )
        # The decision lane holds the day's quota before an offer is made.
        await reserve_quota(connection, 0, day, {program.id: 3_000_000})
        await reserve(connection, 0, held, at)
        shares = house.book.shares(program.id, 3_000_000, 720)
        if shares is not None:
            policies = {one.lender: house.book.policy_hash(one.lender) for one in shares.members}
            await share_out(connection, 0, house.commitment, shares, (policies, at))
        decided = LenderDecision(house.book.policy_hash(lender.number), at)
        await commit(connection, 0, house.commitment, decided, at)
        await connection.execute("insert into origination.exposure values (0, $1, 3000000)", party)
        for step in ("offers", "accepted"):
            await append(connection, 0, [house.application], [step], at)


def test_from_an_accepted_offer_to_a_settled_loan_every_book_agrees(house):
    house.read_costs()
    house.sign()
    lender = house.book.lenders[0].number
    funds = house.balance(AccountKind.LENDER_FUNDS, lender)
    house.carry()

    party = house.caller.subject
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds - 3_000_000
    assert house.balance(AccountKind.BORROWER_CASH, party) == 3_000_000
    loan, shown = house.own_loan()
    assert shown["principal_minor"] == 3_000_000
    assert [row["total_minor"] for row in shown["schedule"]] == [1_012_024, 1_012_024, 1_012_024]

    for _ in range(3):
        due = house.own_loan()[1]["next_due"]
        today = house.run(house.reading(business_date))
        _close_to(house, due["date"])
        answer = json.loads(
            house.run(
                repay(
                    house.runtime, house.caller, loan, Repayment(due["amount_minor"]), house.key()
                )
            )
        )
        assert answer["state"] == "intended"
        house.carry()
    assert today.isoformat() == "2027-01-24"

    _, shown = house.own_loan()
    assert (shown["state"], shown["outstanding_minor"], shown["payoff_minor"]) == ("settled", 0, 0)
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds + 36_072
    assert house.balance(AccountKind.LENDER_CLAIMS, lender) == 0
    replay = house.run(house.reading(balances_equal_replay))
    assert (replay.differences, replay.sum_minor) == (0, 0)
    assert house.steps() == [
        "offers", "accepted", "cost_shown", "cost_confirmed", "agreement_ready", "signed",
        "paying_out", "funded", "settled",
    ]  # fmt: skip
    kinds = [kind for row in house.fetch("select kinds from evidence.batch") for kind in row[0]]
    assert {kind: kinds.count(kind) for kind in ("agreement", "movement", "loan_event")} == {
        "agreement": 1,
        "movement": 5,
        "loan_event": 4,
    }
    assert [wire.amount_minor for wire in house.rail.sent] == [3_000_000, *[1_012_024] * 3]
    assert house.fetch("select used_minor from origination.exposure")[0][0] == 0


def _close_to(house, due):
    through = date.fromisoformat(due) - timedelta(days=1)
    house.run(close_days(house, through))


def test_the_cost_table_cannot_be_confirmed_before_its_time(house):
    shown = house.run(show_cost(house, house.caller, house.offer))
    assert shown.readable_at - shown.shown_at == READ
    house.runtime.clock.advance(READ - timedelta(milliseconds=1))

    with pytest.raises(Conflict) as refusal:
        house.run(confirm_cost(house, house.caller, house.offer, house.key()))

    assert (refusal.value.code, refusal.value.retry_after_s) == ("reading_not_over", 1)
    assert house.steps() == ["offers", "accepted", "cost_shown"]
    again = house.run(show_cost(house, house.caller, house.offer))
    assert again.shown_at == shown.shown_at
    house.runtime.clock.advance(timedelta(milliseconds=1))
    house.run(confirm_cost(house, house.caller, house.offer, house.key()))
    assert house.steps()[-1] == "cost_confirmed"


def test_two_confirmations_at_once_are_one(house):
    house.run(show_cost(house, house.caller, house.offer))
    house.runtime.clock.advance(READ)

    async def both():
        wishes = (confirm_cost(house, house.caller, house.offer, house.key()) for _ in range(4))
        return await asyncio.gather(*wishes)

    answers = [json.loads(answer) for answer in house.run(both())]

    assert answers[1:] == answers[:-1]
    assert answers[0]["step"] == "cost_confirmed"
    assert house.steps() == ["offers", "accepted", "cost_shown", "cost_confirmed"]


@pytest.mark.parametrize("is_old_paper_there", [False, True])
def test_agreements_prepared_at_once_are_one(house, is_old_paper_there):
    house.read_costs()
    if is_old_paper_there:
        house.run(prepare_agreement(house, house.caller, house.offer, house.key()))
        house.run(_pass_the_day(house.runtime))

    async def both():
        wishes = (
            prepare_agreement(house, house.caller, house.offer, house.key()) for _ in range(4)
        )
        return await asyncio.gather(*wishes)

    answers = [json.loads(answer) for answer in house.run(both())]

    assert answers[1:] == answers[:-1]
    [(ready, total)] = house.fetch(
        "select count(*) filter (where status = 'ready'), count(*) from contracts.agreement"
    )
    assert (ready, total) == (1, 1 + is_old_paper_there)
    assert house.steps()[-2:] == ["cost_confirmed", "agreement_ready"]


def test_only_the_very_paper_that_was_seen_is_signed_and_once(house):
    house.read_costs()
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    agreement, key = house.runtime.public.read("agreement", made["agreement"]), house.key()
    stranger = house.caller._replace(subject=house.caller.subject + 1)

    with pytest.raises(Conflict, match="not the paper"):
        house.run(sign_agreement(house, house.caller, Signature(agreement, bytes(32)), key))
    wanted = Signature(agreement, bytes.fromhex(made["sha256"]))
    with pytest.raises(NotFound):
        house.run(sign_agreement(house, stranger, wanted, key))
    assert house.steps()[-1] == "agreement_ready"
    first = house.run(sign_agreement(house, house.caller, wanted, key))

    assert house.run(sign_agreement(house, house.caller, wanted, key)) == first
    with pytest.raises(Conflict):
        house.run(sign_agreement(house, house.caller, wanted, house.key()))
    assert house.fetch("select count(*) from contracts.document where kind = 'signed'")[0][0] == 1


def test_nothing_is_signed_before_each_clause_is_acknowledged_in_its_words(house):
    house.run(show_cost(house, house.caller, house.offer))
    with pytest.raises(Conflict) as early:
        house.acknowledge()
    assert early.value.code == "cost_not_confirmed"
    house.runtime.clock.advance(READ)
    house.run(confirm_cost(house, house.caller, house.offer, house.key()))
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    agreement = house.runtime.public.read("agreement", made["agreement"])
    wanted = Signature(agreement, bytes.fromhex(made["sha256"]))

    def lacking():
        with pytest.raises(Conflict) as refusal:
            house.run(sign_agreement(house, house.caller, wanted, house.key()))
        assert refusal.value.code == "clause_not_acknowledged"
        return refusal.value.fields["clause"]

    assert lacking() == "loan"
    house.acknowledge("loan", "cost", "data")
    assert lacking() == "default"
    other = {"default": hashlib.sha256(b"other words").digest()}
    with pytest.raises(Conflict) as changed:
        house.run(acknowledge_clauses(house, house.caller, house.offer, other, house.key()))
    assert changed.value.code == "clause_changed"
    assert lacking() == "default"
    assert house.steps()[-1] == "agreement_ready"
    assert (
        house.fetch("select count(*) from contracts.agreement where status = 'signed'")[0][0] == 0
    )

    house.runtime.clock.advance(timedelta(seconds=1))
    known = house.acknowledge("default", "loan")
    assert [one["clause"] for one in known] == ["cost", "data", "loan", "default"]
    assert known[3]["acknowledged_at"] > known[0]["acknowledged_at"]
    house.run(sign_agreement(house, house.caller, wanted, house.key()))
    with pytest.raises(Conflict):
        house.acknowledge()


def test_nothing_is_signed_once_the_lender_has_let_its_promise_go(house):
    house.read_costs()

    async def let_go():
        async with house.runtime.database.transaction() as connection:
            await release(connection, 0, house.commitment, house.runtime.clock.now())

    house.run(let_go())
    with pytest.raises(Refused) as refusal:
        house.sign()

    assert refusal.value.code == "lender_not_decided"
    assert house.steps()[-1] == "agreement_ready"
    assert (
        house.fetch("select count(*) from contracts.agreement where status = 'signed'")[0][0] == 0
    )
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 0


def test_the_signed_paper_verifies_names_its_draft_and_no_table_holds_the_name(house):
    house.read_costs()
    agreement, answer = house.sign()

    async def read(connection):
        found = await find_paper(connection, house.runtime, agreement, house.caller.subject)
        return found, await read_document(connection, house.runtime, found)

    found, paper = house.run(house.reading(read))
    verdict = verify_agreement(paper, house.press.root)
    assert verdict.state.value == "valid"
    assert [one.field for one in verdict.signatures] == ["Borrower", "Lender"]
    assert verdict.draft_sha256 == found.draft_sha256
    assert json.loads(answer)["signed_sha256"] == found.signed_sha256.hex()
    for table in ("contracts.document", "contracts.agreement", "contracts.disclosure"):
        for (row,) in house.fetch(f"select t::text from {table} t"):
            assert NAME not in row
            assert NAME.encode().hex() not in row


def test_the_bundle_of_a_contract_proves_its_reading_and_signatures_offline(house):
    house.read_costs()
    agreement, _ = house.sign()
    with pytest.raises(Conflict, match="come so far"):
        house.run(contract_bundle(house, house.caller, agreement))

    house.run(Sequencer(house.runtime).step())
    raw = house.run(contract_bundle(house, house.caller, agreement))
    key = log_signer(house.runtime).key.show()
    said = verify_dossier(raw, DossierTrust(Trust(key), house.press.root))

    assert said[0].endswith("the paper is whole, by a root you trust")
    assert [line.split(" by ")[0] for line in said[1:3]] == [
        "signed as Borrower",
        "signed as Lender",
    ]
    assert said[3].startswith(f"the cost table was read for {int(READ.total_seconds())} s")
    assert any(line.startswith("signature, table, reading, clauses and ") for line in said)
    assert [line.split(" acknowledged")[0] for line in said[4:8]] == [
        f"clause '{name}' (version 2026-12)" for name in ("cost", "data", "default", "loan")
    ]
    stranger = house.caller._replace(subject=house.caller.subject + 1)
    with pytest.raises(NotFound):
        house.run(contract_bundle(house, stranger, agreement))


OF_OFFER = ("disclosure", "reading", "clauses")
# What erasing a person does once no duty keeps their papers: these and the vault are gone, and with
# them the salts. While a duty keeps a signed paper, the database itself refuses.
ERASE = """
alter table contracts.document disable trigger user;
delete from contracts.document;
delete from identity.vault;
update contracts.disclosure set salt = '';
update contracts.agreement set salt = '' where status <> 'signed';
update identity.consent set salt = ''
"""


def test_erasing_a_person_leaves_every_proof_valid_and_nothing_to_open_them_by(house):
    house.read_costs()
    agreement, _ = house.sign()
    house.run(Sequencer(house.runtime).step())
    key = log_signer(house.runtime).key
    [(table,)] = house.fetch("select sha256 from contracts.disclosure")

    async def erase():
        async with house.runtime.database.transaction() as connection:
            await connection.execute(ERASE)

    house.run(erase())
    offer = house.offer
    about = [("agreement", agreement), *((kind, offer) for kind in OF_OFFER)]
    proofs = [house.run(house.reading(proof, kind, subject)) for kind, subject in about]
    audited = house.run(house.reading(audit, key))

    assert all(verify(to_bundle(one, key), key.show()).is_valid for one in proofs)
    assert audited.is_whole
    assert proofs[1].commitment != commitment(b"", table)
    with pytest.raises(Broken):
        house.run(contract_bundle(house, house.caller, agreement))


def test_the_leaf_of_a_signature_opens_with_what_the_agreement_keeps(house):
    house.read_costs()
    agreement, _ = house.sign()

    [(salt, sha256)] = house.fetch("select salt, signed_sha256 from contracts.agreement")
    assert house.leaves("agreement", agreement) == [commitment(salt, sha256)]


def test_a_consent_withdrawn_after_the_signature_stays_in_the_bundle(house):
    async def change(how, *given):
        async with house.runtime.database.transaction() as connection:
            return await how(connection, house.runtime, house.caller, *given)

    wanted = [Grant(Scope.IDENTITY_CHECK), Grant(Scope.AUTOMATED_DECISION)]
    granted = house.run(change(grant_consents, wanted, "2026.08"))
    house.read_costs()
    agreement, _ = house.sign()
    house.run(change(withdraw_consent, granted[0].id))
    house.run(change(grant_consents, [Grant(Scope.MARKETING)], "2026.08"))
    house.run(Sequencer(house.runtime).step())
    raw = house.run(contract_bundle(house, house.caller, agreement))
    key = log_signer(house.runtime).key.show()

    said = verify_dossier(raw, DossierTrust(Trust(key), house.press.root))

    assert [line.split("'")[1] for line in said if line.startswith("consent ")] == [
        "身份核验", "自动化决策",
    ]  # fmt: skip


def test_a_signed_agreement_and_its_document_can_be_neither_changed_nor_removed(house):
    house.read_costs()
    house.sign()

    async def spoil(change):
        async with house.runtime.database.transaction() as connection:
            await connection.execute(change)

    for change in (
        "update contracts.agreement set deal = '{}'",
        "delete from contracts.agreement",
        "update contracts.document set sealed = ''",
        "delete from contracts.document",
    ):
        with pytest.raises(asyncpg.PostgresError, match="stay as they are"):
            house.run(spoil(change))


def test_a_paper_nobody_signed_by_the_end_of_the_day_is_printed_anew_with_new_dates(house):
    house.read_costs()
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    old = Signature(
        house.runtime.public.read("agreement", made["agreement"]), bytes.fromhex(made["sha256"])
    )
    _close_to(house, "2026-11-26")

    with pytest.raises(Conflict) as refusal:
        house.run(sign_agreement(house, house.caller, old, house.key()))
    assert refusal.value.code == "terms_changed"
    house.sign()
    house.carry()

    assert house.own_loan()[1]["opened_on"] == "2026-11-26"
    states = [row[0] for row in house.fetch("select status from contracts.agreement order by id")]
    assert states == ["replaced", "signed"]


def test_figures_that_disagree_by_a_fen_are_not_signed(house):
    house.read_costs()
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    wanted = Signature(
        house.runtime.public.read("agreement", made["agreement"]), bytes.fromhex(made["sha256"])
    )

    async def spoil():
        async with house.runtime.database.transaction() as connection:
            await connection.execute(
                "update origination.acceptance set offer = jsonb_set(offer, '{total_minor}',"
                " to_jsonb((offer->>'total_minor')::int8 + 2))"
            )

    house.run(spoil())

    with pytest.raises(Refused) as refusal:
        house.run(sign_agreement(house, house.caller, wanted, house.key()))
    assert refusal.value.code == "figures_disagree"
    assert house.steps()[-1] == "agreement_ready"


def test_a_payout_the_bank_refuses_gives_the_lender_its_money_back_and_opens_no_loan(house):
    lender = house.book.lenders[0].number
    funds = house.balance(AccountKind.LENDER_FUNDS, lender)
    house.rail.refuses = True
    house.read_costs()
    house.sign()
    house.carry()

    assert house.steps()[-1] == "payout_failed"
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds
    assert house.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert house.given_back() == ("released", 0, 0)
    [payment] = house.fetch("select id from payments.instruction")[0]
    moved = house.fetch(
        "select id, debit, credit, amount_minor, code from ledger.transfer"
        " where code in (10, 11) order by code"
    )
    assert [row["code"] for row in moved] == [Code.PAYOUT_HOLD, Code.PAYOUT_RELEASE]
    assert house.leaves("movement", payment) == [
        hold_commitment(house.runtime, payment, [Transfer(*given, Code(code))])
        for *given, code in moved
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        "update origination.decision set outcome = 'declined', programs = '{}'",
        "update origination.decision set programs = array[1::int8]",
        "update origination.acceptance set decision = decision + 1",
        "update origination.acceptance set offer = jsonb_set(offer, '{amount_minor}', '2999999')",
    ],
)
def test_no_money_leaves_without_the_decisions_own_yes_to_the_amount(house, spoil):
    house.read_costs()
    _, answer = house.sign()

    async def change():
        async with house.runtime.database.transaction() as connection:
            await connection.execute(spoil)

    house.run(change())
    [(cell, number, topic, payload, at)] = house.fetch(
        "select cell, id, topic, payload, at from runtime.outbox"
        " where topic = 'contracts.agreement_signed'"
    )
    with pytest.raises(Refused):
        house.run(
            start_payout(
                house.runtime, house.pack, Event(cell, number, topic, json.loads(payload), at)
            )
        )

    assert json.loads(answer)["step"] == house.steps()[-1] == "signed"
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 0
    assert house.fetch("select count(*) from payments.warrant")[0][0] == 0


async def _pass_the_day(runtime):
    async with runtime.database.transaction() as connection:
        today = await business_date(connection)
        assert await advance_business_date(connection, today, today + timedelta(days=1))


def test_what_was_signed_yesterday_is_not_paid_out_on_its_old_terms(house):
    house.read_costs()
    house.sign()
    lender = house.book.lenders[0].number
    funds = house.balance(AccountKind.LENDER_FUNDS, lender)
    house.run(_pass_the_day(house.runtime))

    house.carry()

    assert house.steps()[-2:] == ["signed", "payout_failed"]
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 0
    assert house.rail.sent == []
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds
    assert house.given_back() == ("released", 0, 0)


def test_a_signature_that_the_day_overtakes_is_refused(house, monkeypatch):
    house.read_costs()
    seal = house.press.sign

    async def slow(*given):
        await _pass_the_day(house.runtime)
        return await seal(*given)

    monkeypatch.setattr(house.press, "sign", slow)
    with pytest.raises(Conflict) as refusal:
        house.sign()

    assert refusal.value.code == "terms_changed"
    assert house.steps()[-1] == "agreement_ready"
    assert house.fetch("select status from contracts.agreement")[0][0] == "ready"
    assert (
        house.fetch(
            "select count(*) from runtime.outbox where topic = 'contracts.agreement_signed'"
        )[0][0]
        == 0
    )


def test_at_most_four_hundred_days_are_closed_at_once(house, monkeypatch):
    closed = []

    async def close(_, day, before):
        closed.append(day)
        return []

    monkeypatch.setattr(day_end, "_close", close)
    last = date(2026, 11, 24) + timedelta(days=399)

    with pytest.raises(BadInput) as refusal:
        house.run(close_days(house, last + timedelta(days=1)))
    assert refusal.value.fields == {"through": "too far"}
    assert closed == []
    house.run(close_days(house, last))

    assert (len(closed), closed[-1]) == (400, last)


def test_a_day_ends_after_the_payout_of_what_was_signed_on_it(house):
    house.read_costs()
    house.sign()

    async def beside():
        closing = asyncio.create_task(close_days(house, date(2026, 11, 24)))
        await house.relay.step(SIGNED, "payout")
        worker = RailWorker(house.runtime, house.rail)
        while await worker.step():
            pass
        await house.relay.step(SETTLED, "settled")
        await closing

    house.run(beside())

    assert house.run(house.reading(business_date)) == date(2026, 11, 25)
    assert house.own_loan()[1]["opened_on"] == "2026-11-24"


def test_what_is_signed_while_the_day_ends_is_still_paid_on_it(house, monkeypatch):
    house.read_costs()
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    wanted = Signature(
        house.runtime.public.read("agreement", made["agreement"]), bytes.fromhex(made["sha256"])
    )
    key, pause, pauses = house.key(), asyncio.sleep, []

    async def sign_late(connection, cell, day):
        await sign_agreement(house, house.caller, wanted, key)
        return await open_day(connection, cell, day)

    async def carry(seconds):
        pauses.append(seconds)
        await house.relay.step(SIGNED, "payout")
        worker = RailWorker(house.runtime, house.rail)
        while await worker.step():
            pass
        await house.relay.step(SETTLED, "settled")
        await pause(0)

    monkeypatch.setattr(day_end, "open_day", sign_late)
    monkeypatch.setattr(day_end.asyncio, "sleep", carry)
    house.run(close_days(house, date(2026, 11, 24)))
    monkeypatch.undo()

    assert pauses == [day_end.LOOK_EVERY_S]
    assert house.steps()[-2:] == ["paying_out", "funded"]
    assert house.own_loan()[1]["opened_on"] == "2026-11-24"


def test_news_that_comes_twice_changes_nothing_the_second_time(house):
    house.read_costs()
    house.sign()
    house.carry()
    before = house.fetch("select * from ledger.account order by id")
    events = house.fetch(
        "select cell, id, topic, payload, at from runtime.outbox"
        " where topic in ('contracts.agreement_signed', 'payments.settled')"
    )

    for cell, number, topic, payload, at in events:
        news = Event(cell, number, topic, json.loads(payload), at)
        if topic == SIGNED:
            house.run(start_payout(house.runtime, house.pack, news))
        else:
            house.run(payment_settled(house.runtime, news))

    assert len(events) == 2
    assert house.fetch("select * from ledger.account order by id") == before
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 1
    assert house.fetch("select count(*) from servicing.loan_event")[0][0] == 1


def test_what_is_being_collected_cannot_be_collected_again(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()
    limit = shown["limit_minor"]

    house.run(repay(house.runtime, house.caller, loan, Repayment(limit), house.key()))

    with pytest.raises(Refused) as refusal:
        house.run(repay(house.runtime, house.caller, loan, Repayment(1), house.key()))
    assert refusal.value.code == "more_than_owed"
    house.carry()
    assert house.own_loan()[1]["state"] == "settled"
    with pytest.raises(Refused) as refusal:
        house.run(repay(house.runtime, house.caller, loan, Repayment(1), house.key()))
    assert refusal.value.code == "loan_settled"


def test_what_the_bank_has_collected_cannot_be_collected_again_before_its_news(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()
    limit = shown["limit_minor"]
    house.run(repay(house.runtime, house.caller, loan, Repayment(limit), house.key()))
    worker = RailWorker(house.runtime, house.rail)
    while house.run(worker.step()):
        pass
    states = house.fetch("select state from payments.instruction where kind = 'collection'")
    assert [row[0] for row in states] == ["settled"]

    with pytest.raises(Refused) as refusal:
        house.run(repay(house.runtime, house.caller, loan, Repayment(1), house.key()))

    assert refusal.value.code == "more_than_owed"
    assert refusal.value.fields == {"amount_minor": "0"}
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 2


def test_two_repayments_at_once_never_take_more_than_the_debt(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()

    async def both():
        wishes = (
            repay(house.runtime, house.caller, loan, Repayment(shown["limit_minor"]), house.key())
            for _ in range(4)
        )
        return await asyncio.gather(*wishes, return_exceptions=True)

    answers = house.run(both())

    assert sum(isinstance(answer, bytes) for answer in answers) == 1
    assert (
        house.fetch("select count(*) from payments.instruction where kind = 'collection'")[0][0]
        == 1
    )


_MADE = (
    "select debit, credit, amount_minor, link from ledger.transfer"
    " where code in (10, 15) order by id"
)
_FUNDERS = ((7, 1_200_000), (1, 900_000), (3, 900_000))


def test_a_joint_loan_is_paid_out_of_each_funders_money_and_back_to_each_to_the_fen(joint_house):
    house = joint_house
    before = {n: house.balance(AccountKind.LENDER_FUNDS, n) for n, _ in _FUNDERS}
    guarantor = house.balance(AccountKind.GUARANTOR_FUNDS, 31)
    house.read_costs()
    agreement, _ = house.sign()
    house.carry()

    held = house.fetch(_MADE)
    lead, one, three = (Account(0, AccountKind.LENDER_FUNDS, n).id for n in (7, 1, 3))
    aside = Account(0, AccountKind.CLEARING_PAYOUT).id
    assert [tuple(row)[:3] for row in held] == [
        (one, lead, 900_000), (three, lead, 900_000), (lead, aside, 3_000_000),
    ]  # fmt: skip
    assert len({row["link"] for row in held}) == 1
    assert {n: before[n] - house.balance(AccountKind.LENDER_FUNDS, n) for n in before} == dict(
        _FUNDERS
    )
    assert [wire.amount_minor for wire in house.rail.sent] == [3_000_000]
    paper = house.run(house.reading(find_paper, house.runtime, agreement, house.caller.subject))
    assert paper.deal.lender.name_zh == (
        "江海银行（40%）、云岫银行（30%）、禾光消费金融（30%）联合出资"
    )
    assert paper.deal.fee_payee_zh == "泰禾融资担保"

    loan, _ = house.own_loan()
    for _ in range(3):
        due = house.own_loan()[1]["next_due"]
        _close_to(house, due["date"])
        house.run(
            repay(house.runtime, house.caller, loan, Repayment(due["amount_minor"]), house.key())
        )
        house.carry()

    assert house.own_loan()[1]["state"] == "settled"
    # 36,072 of interest by principal and own rate: 7.50 %, 6.60 % and 7.40 %; 5 % of it a fee.
    earned = {7: 15_030, 1: 9_920, 3: 11_122}
    assert sum(earned.values()) == 36_072
    after = {n: house.balance(AccountKind.LENDER_FUNDS, n) - before[n] for n in earned}
    assert after == {n: interest - interest // 20 for n, interest in earned.items()}
    assert house.balance(AccountKind.GUARANTOR_FUNDS, 31) == guarantor + 9_000
    replay = house.run(house.reading(balances_equal_replay))
    assert (replay.differences, replay.sum_minor) == (0, 0)


def test_every_funders_file_of_a_joint_loan_equals_its_account_to_the_fen(joint_house):
    house = joint_house
    house.read_costs()
    house.sign()
    house.carry()
    opened = house.run(house.reading(business_date))
    loan, shown = house.own_loan()
    due = date.fromisoformat(shown["next_due"]["date"])
    house.run(close_days(house, due - timedelta(days=1)))
    amount = house.own_loan()[1]["next_due"]["amount_minor"]
    house.run(repay(house.runtime, house.caller, loan, Repayment(amount), house.key()))
    house.carry()
    house.run(close_days(house, due))

    async def file_of(number, day):
        async with house.runtime.database.transaction() as connection:
            return await settle(connection, house.runtime, number, day)

    ready = {one.number: one.funds_minor for one in house.book.lenders}
    paid = {n: 0 for n, _ in _FUNDERS}
    for number, share in _FUNDERS:
        first, last = (house.run(file_of(number, day)) for day in (opened, due))
        assert first.closing_minor == ready[number] - share
        assert last.closing_minor == house.balance(AccountKind.LENDER_FUNDS, number)
        assert last.opening_minor == first.closing_minor
        paid[number] = last.total_minor
    fees = house.fetch("select sum(service_fee_minor)::int8 from funding.split_instruction")[0][0]
    assert sum(paid.values()) == amount - 3_000 - fees


def test_a_refused_joint_payout_gives_each_funder_its_share_back(joint_house):
    house = joint_house
    before = {n: house.balance(AccountKind.LENDER_FUNDS, n) for n, _ in _FUNDERS}
    house.rail.refuses = True
    house.read_costs()
    house.sign()
    house.carry()

    assert house.steps()[-1] == "payout_failed"
    assert {n: house.balance(AccountKind.LENDER_FUNDS, n) for n, _ in _FUNDERS} == before
    assert house.balance(AccountKind.CLEARING_PAYOUT, 0) == 0
    assert house.given_back() == ("released", 0, 0)


def test_a_funder_without_its_share_holds_the_payout_whole(joint_house):
    house = joint_house
    funds, capital = AccountKind.LENDER_FUNDS, Account(0, AccountKind.CAPITAL).id

    left = house.balance(funds, 3) - 899_999
    number = house.runtime.ids.new(0)
    out = Transfer(number, Account(0, funds, 3).id, capital, left, Code.CAPITAL_OUT)

    async def leave_less():
        async with house.runtime.database.transaction() as connection:
            day, at = await business_date(connection), house.runtime.clock.now()
            return await post(connection, 0, [out], day, at)

    assert [answer.has_effect for answer in house.run(leave_less())] == [True]
    before = {n: house.balance(funds, n) for n, _ in _FUNDERS}
    house.read_costs()
    house.sign()
    house.carry()

    assert {n: house.balance(funds, n) for n, _ in _FUNDERS} == before
    assert house.rail.sent == []
    assert house.fetch("select count(*) from payments.instruction")[0][0] == 0


def test_a_joint_loan_that_stays_unpaid_is_taken_over_at_the_end_of_its_day(joint_house):
    house = joint_house
    house.read_costs()
    house.sign()
    house.carry()
    due = date.fromisoformat(house.own_loan()[1]["next_due"]["date"])

    house.run(close_days(house, due + timedelta(days=30)))
    assert house.fetch("select taken_on from servicing.joint")[0][0] is None
    house.run(close_days(house, due + timedelta(days=31)))

    assert house.fetch("select taken_on from servicing.joint")[0][0] == due + timedelta(days=31)
    for n, _ in _FUNDERS:
        assert house.balance(AccountKind.LOAN_PRINCIPAL, n, "consumer_cash") == 0
        assert house.balance(AccountKind.LENDER_CLAIMS, n) == 0
    assert house.balance(AccountKind.LOAN_PRINCIPAL, 31, "consumer_cash") == 3_000_000
    assert house.own_loan()[1]["outstanding_minor"] == 3_000_000
