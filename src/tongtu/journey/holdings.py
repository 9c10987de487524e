"""What the platform holds of a person, context by context, in the order in which it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.access import api as access
from tongtu.campaign import api as campaign
from tongtu.checkout import api as checkout
from tongtu.contracts import api as contracts
from tongtu.evidence import api as evidence
from tongtu.funding import api as funding
from tongtu.identity import api as identity
from tongtu.insight import api as insight
from tongtu.kernel.errors import Broken
from tongtu.ledger import api as ledger
from tongtu.notice import api as notice
from tongtu.origination import api as origination
from tongtu.partner import api as partner
from tongtu.payments import api as payments
from tongtu.policy.api import Pack, Retention, months_after
from tongtu.process import api as process
from tongtu.risk import api as risk
from tongtu.runtime import api as runtime_door
from tongtu.runtime.api import Connection, Holding, Person, Runtime
from tongtu.servicing import api as servicing
from tongtu.verification import api as verification

# The account first, so that nobody signs in or applies meanwhile; the vault last, because other
# rows are found by its hashes.
HOLDINGS: tuple[Holding, ...] = (
    identity.PARTY,
    *runtime_door.HELD,
    *access.HELD,
    *notice.HELD,
    *campaign.HELD,
    *verification.HELD,
    *risk.HELD,
    *funding.HELD,
    *checkout.HELD,
    *payments.HELD,
    *contracts.HELD,
    *servicing.HELD,
    *origination.HELD,
    identity.ANSWERS,
    *identity.HELD,
)
# Tables that lead to a person by a number alone, which is nobody's once the vault's rows ended.
NUMBERED: Mapping[str, str] = {
    name: why
    for context in (
        runtime_door, access, campaign, risk, funding, checkout, payments, servicing, origination,
        identity, ledger, evidence, process, partner, insight,
    )
    for name, why in context.NUMBERED.items()
}  # fmt: skip
# What was signed is paid out within so many days, or never (the paper says ten).
_UNDER_WAY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """A person with all that is theirs, and the days from which the law counts.

    `counted`: by the word of the pack; None: what it counts from has not come, so it runs; a word
    that is not there: nothing of the kind ever was.
    """

    person: Person
    decisions: tuple[int, ...]
    counted: Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rule of the pack that keeps something, and until when; None: until a contract ends."""

    rule: Retention
    until: date | None


async def standing_of(
    connection: Connection, runtime: Runtime, party: int, today: date
) -> Standing:
    """Return what leads to a party's rows, and from which days the law counts."""
    cell = runtime.cell(party)
    applications, decisions, decided_on = await origination.cases_of(connection, cell, party)
    debts = await servicing.debts_of(connection, cell, party)
    papers = await contracts.papers_of(connection, cell, party)
    requests = await identity.requests_of(connection, runtime, party)
    person = Person(
        cell=cell,
        party=party,
        cells=list(range(runtime.settings.cells)),
        blinds=await identity.blinds_of(connection, runtime, party),
        applications=sorted({*applications, *debts.applications, *(one[1] for one in papers)}),
        agreements=[one[0] for one in papers],
        loans=debts.loans,
    )
    signed = [day for _, application, day in papers if day is not None]
    paid = set(debts.applications)
    waiting = any(
        day is not None and application not in paid and today - day <= _UNDER_WAY
        for _, application, day in papers
    )
    counted: dict[str, date | None] = {}
    if signed or debts.loans:
        ended = None if debts.is_running or waiting else debts.ended_on or max(signed)
        for word in ("relationship_end", "agreement_end", "transaction", "bad_record_end"):
            counted[word] = ended
    if signed:
        counted["certificate_expiry"] = max(signed) + contracts.LEAF_LIFE
    if decided_on is not None:
        counted["decision"] = counted["notice_of_action"] = decided_on
    if requests:
        counted["request"] = max(one.asked_at for one in requests).date()
    return Standing(person, tuple(decisions), counted)


def kept_by(pack: Pack, holding: Holding, standing: Standing, today: date) -> Kept | None:
    """Return the duty of the pack that keeps a person's rows longest; None: nothing keeps them.

    Raises:
        Broken: the pack counts from something nobody here knows.
    """
    found: Kept | None = None
    for rule in pack.retentions:
        if not rule.is_duty or rule.kind not in holding.duties:
            continue
        if rule.counted_from not in COUNTED:
            raise Broken(f"the pack {pack.id} counts {rule.kind} from {rule.counted_from}")
        if rule.counted_from not in standing.counted:
            continue
        since = standing.counted[rule.counted_from]
        until = None if since is None else months_after(since, rule.months)
        # A duty of no months is over with what it waits for, on that very day.
        if until is not None and (until < today or not rule.months):
            continue
        if found is None or (found.until is not None and (until is None or until > found.until)):
            found = Kept(rule, until)
    return found


# The words by which a pack may say from when it counts.
COUNTED = frozenset({
    "relationship_end", "agreement_end", "transaction", "bad_record_end", "certificate_expiry",
    "decision", "notice_of_action", "request",
})  # fmt: skip
