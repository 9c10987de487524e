"""One applicant's way through the platform, as a phone would go it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tongtu.replay.applicants import Applicant
from tongtu.replay.client import Platform, Unexpected
from tongtu.replay.purchase import Purchase

POLL_S = 0.5
POLL_MAX_S = 4.0
POLLS_MAX = 200
STATEMENT_LOOKS_MAX = 60
CODE_POLLS_MAX = 40
# A person who gets no answer asks for a new code, a few times.
CODES_MAX = 4
SIGNED, FUNDED = "signed", "funded"
SETTLED = "settled"  # of a payment
# Its lender lent the money to others between the look and the choice.
GONE = "offer_gone"
UNDER_WAY = ("intended", "sent", "accepted", "unknown")


@dataclass(slots=True)
class Case:
    """What became of one real application."""

    applicant: Applicant
    run: str
    token: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    latency_s: float = 0.0
    step: str = ""
    loan: str | None = None
    agreement: str | None = None
    taken: int = 0  # the number of the offer that was taken, from 1
    # Repayments the platform accepted, by name, in fen; the bank may still be answering.
    payments: dict[str, int] = field(default_factory=dict)
    failed_payments: int = 0  # the bank refused them, took them back or disputes them
    disbursed_minor: int = 0  # as the loan's own statement says
    repaid_minor: int = 0
    error: str = ""
    later: list[dict[str, Any]] = field(default_factory=list)  # offers that came after the decision
    took_later: bool = False
    purchase: Purchase | None = None  # of goods, over a merchant's checkout

    def key(self, act: str) -> str:
        """Return the Idempotency-Key of one act: the same each time it is sent again."""
        return f"{self.run}-{self.applicant.row}-{act}"

    @property
    def later_taken(self) -> dict[str, Any] | None:
        """The offer that was taken, where it came after a decision that has offers of its own."""
        later = self.later if self.offers else ()
        return next((one for one in later if one["n"] == self.taken), None)

    @property
    def offers(self) -> list[dict[str, Any]]:
        """The offers of the decision, cheapest first."""
        return list(self.answer.get("offers", ()))


async def onboard(
    platform: Platform, case: Case, version: str, to: tuple[list[str], list[str]]
) -> None:
    """Sign in with a one-time code, give the consents, show who the person is.

    `to` are the lenders one shares with, and the scopes of the outside sources one agrees to.
    """
    lenders, scopes = to
    person = await platform.ask("POST", "/v1/demo/persons")
    case.token = await _sign_in(platform, person["phone"])
    grants: list[dict[str, str]] = [{"scope": "identity_check"}, {"scope": "automated_decision"}]
    grants.append({"scope": "bureau_query"})  # a lender that decides by itself learns by a bureau
    grants += [{"scope": scope} for scope in scopes]
    grants += [{"scope": "share_lender", "recipient": lender} for lender in lenders]
    await platform.ask(
        "POST", "/v1/me/consents",
        body={"grants": grants, "version": version}, token=case.token, key=case.key("consents"),
    )  # fmt: skip
    await platform.ask(
        "PUT", "/v1/me/identity",
        body={"name": person["name"], "resident_id": person["resident_id"]},
        token=case.token, key=case.key("identity"),
    )  # fmt: skip


async def _sign_in(platform: Platform, phone: str) -> str:
    """Return a token. A code whose answer was lost is used up: then a new one is asked for."""
    for attempt in range(1, CODES_MAX + 1):
        retries = platform.counters.retries
        sent = await platform.ask("POST", "/v1/sign-in/codes", body={"phone": phone})
        code = await _read_code(platform, phone)
        body = {"challenge": sent["challenge"], "code": code}
        try:
            return str((await platform.ask("POST", "/v1/sign-in", body=body))["token"])
        except Unexpected as refusal:
            if attempt == CODES_MAX or platform.counters.retries == retries:
                raise
            platform.counters.errors.pop(refusal.code, None)
    raise AssertionError("the last attempt returns or raises")


async def _read_code(platform: Platform, phone: str) -> str:
    for _ in range(CODE_POLLS_MAX):
        inbox = await platform.ask("GET", f"/v1/demo/inbox?phone={phone.replace('+', '%2B')}")
        codes = [message["code"] for message in inbox["messages"] if message["code"]]
        if codes:
            return str(codes[0])
        await asyncio.sleep(POLL_S)
    raise Unexpected("no one-time code came", code="no_code")


async def apply(platform: Platform, case: Case) -> None:
    """Send the application and take the time until the offers are there."""
    began_s = time.perf_counter()  # house: seam - the client's own stopwatch
    case.answer = await platform.ask(
        "POST", "/v1/applications",
        body=case.applicant.body(), token=case.token, key=case.key("apply"),
    )  # fmt: skip
    case.latency_s = time.perf_counter() - began_s  # house: seam - the client's own stopwatch
    case.step = case.answer["step"]


async def sign(platform: Platform, case: Case) -> None:
    """Take the cheapest offer, read the cost table to its end, and sign."""
    offers, decision = case.offers, case.answer.get("decision")
    if case.purchase is None:  # a merchant's buyer chooses among the plans that pay merchants
        known = {one["n"] for one in offers}
        seen = await _look(platform, case)
        offers, decision = seen["offers"], seen["decision"]
        case.later = [one for one in offers if one["n"] not in known]
    offer = await _take(platform, case, offers, decision)
    await read_costs(platform, case, offer)
    case.agreement = await sign_paper(platform, case, offer)


async def read_costs(platform: Platform, case: Case, offer: str, act: str = "") -> None:
    """Read the cost table to its end and confirm it; `act` names it among the case's own acts."""
    table = await platform.ask("GET", f"/v1/offers/{offer}/cost-table", token=case.token)
    await asyncio.sleep(_seconds_between(table["shown_at"], table["readable_at"]))
    await _confirm(platform, case, offer, act)
    ticks = [{"clause": one["clause"], "sha256": one["sha256"]} for one in table["clauses"]]
    await platform.ask(
        "POST", f"/v1/offers/{offer}/clauses/acknowledgement",
        body={"clauses": ticks}, token=case.token, key=case.key(f"{act}clauses"),
    )  # fmt: skip


async def sign_paper(platform: Platform, case: Case, offer: str, act: str = "") -> str:
    """Have the agreement made and sign it; return its id."""
    made = await platform.ask(
        "POST", f"/v1/offers/{offer}/agreement", token=case.token,
        key=case.key(f"{act}agreement"),
    )  # fmt: skip
    await platform.ask(
        "POST", f"/v1/agreements/{made['agreement']}/signature",
        body={"sha256": made["sha256"]}, token=case.token, key=case.key(f"{act}sign"),
    )  # fmt: skip
    return str(made["agreement"])


async def _take(platform: Platform, case: Case, offers: list[Any], decision: str | None) -> str:
    """Take the first offer whose lender still has the money; return the id it has from here on."""
    for first in offers:
        try:
            accepted = await platform.ask(
                "POST", f"/v1/applications/{case.answer['application']}/acceptance",
                body={"offer": first["n"], "decision": decision}, token=case.token,
                key=case.key(f"accept-{first['n']}"),
            )  # fmt: skip
        except Unexpected as no:
            if no.code != GONE or first is offers[-1]:
                raise
            continue
        case.taken, case.took_later = first["n"], first in case.later
        return str(accepted["offer"])
    raise Unexpected("there is no offer to take", code="no_offers")


async def _confirm(platform: Platform, case: Case, offer: str, act: str) -> None:
    """Confirm; where the server's clock says that reading is not over, wait and ask again."""
    for _ in range(CODE_POLLS_MAX):
        try:
            await platform.ask(
                "POST", f"/v1/offers/{offer}/cost-table/confirmation",
                token=case.token, key=case.key(f"{act}confirm"),
            )  # fmt: skip
        except Unexpected as refusal:
            if refusal.code != "reading_not_over":
                raise
            platform.counters.errors.pop(refusal.code, None)
            await asyncio.sleep(POLL_S)
        else:
            return
    raise Unexpected("the reading time does not end", code="reading_not_over")


async def see_payout_begin(platform: Platform, case: Case) -> None:
    """Look until the payout has begun; how it ends, the end of its day waits for."""
    pause_s = POLL_S
    for _ in range(POLLS_MAX):
        case.step = (await _look(platform, case))["step"]
        if case.step != SIGNED:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, POLL_MAX_S)
    raise Unexpected("the payout did not begin", code="not_funded")


async def see_money(platform: Platform, case: Case) -> None:
    """Look whether the loan was paid out; what the bank disputes waits for a person."""
    found = await _look(platform, case)
    case.step, case.loan = found["step"], found.get("loan")
    if case.step != FUNDED or case.loan is None:
        raise Unexpected(f"the payout ended as {case.step}", code="not_funded")


async def _look(platform: Platform, case: Case) -> dict[str, Any]:
    application = case.answer["application"]
    found: dict[str, Any] = await platform.ask(
        "GET", f"/v1/applications/{application}", token=case.token
    )
    return found


async def repay(platform: Platform, case: Case, month: int) -> None:
    """Pay what is due up to now; nothing is paid when nothing is."""
    loan = await platform.ask("GET", f"/v1/loans/{case.loan}", token=case.token)
    due_minor = loan["overdue_minor"] + (loan["next_due"] or {"amount_minor": 0})["amount_minor"]
    if loan["state"] == "settled" or due_minor == 0:
        return
    try:
        asked = await platform.ask(
            "POST", f"/v1/loans/{case.loan}/repayments",
            body={"amount_minor": due_minor}, token=case.token, key=case.key(f"repay-{month}"),
        )  # fmt: skip
    except Unexpected as refusal:
        # What a dispute with the bank holds up cannot be paid a second time.
        if refusal.code != "more_than_owed" or not await _is_held_up(platform, case):
            raise
        platform.counters.errors.pop(refusal.code, None)
        return
    case.payments[asked["payment"]] = due_minor


async def read_statement(platform: Platform, case: Case) -> None:
    """Read what the loan itself says was paid out and repaid, and hold it to the bank's answers.

    What the bank refused, took back or disputes is in no loan.
    """
    settled_minor = 0
    for _ in range(STATEMENT_LOOKS_MAX):
        told = await platform.ask("GET", f"/v1/loans/{case.loan}/statement", token=case.token)
        case.disbursed_minor = told["principal_minor"]
        case.repaid_minor = told["repaid_minor"]
        case.failed_payments, settled_minor = 0, sum(case.payments.values())
        if case.repaid_minor == settled_minor:
            return
        states = await _states(platform, case)
        case.failed_payments = sum(one not in (SETTLED, *UNDER_WAY) for one in states.values())
        settled_minor = sum(case.payments[one] for one in states if states[one] == SETTLED)
        if case.repaid_minor == settled_minor and not set(UNDER_WAY) & set(states.values()):
            return
        await asyncio.sleep(POLL_S)
    raise Unexpected(
        f"{settled_minor} fen were collected and {case.repaid_minor} stand in the statement",
        code="not_booked",
    )


async def _is_held_up(platform: Platform, case: Case) -> bool:
    return "disputed" in (await _states(platform, case)).values()


async def _states(platform: Platform, case: Case) -> dict[str, str]:
    """Return where each payment of the case stands, as the borrower is told."""
    return {
        one: (await platform.ask("GET", f"/v1/payments/{one}", token=case.token))["state"]
        for one in case.payments
    }


def _seconds_between(earlier: str, later: str) -> float:
    return max(
        0.0, (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    )
