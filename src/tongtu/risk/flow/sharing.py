"""Credit information reaches a lender through a licensed bureau only (断直连, BUR-03).

The pack is asked first; without consent, purpose or the right route nothing leaves. The intent is
committed before the call. The lender is told a reference; the bureau serves it, once, to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tongtu.identity.api import Caller, Role, Scope, list_consents
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.policy.api import Pack, Severity
from tongtu.risk.flow.asking import NoAnswer
from tongtu.risk.store import sharing as store
from tongtu.risk.store.sharing import Share
from tongtu.runtime.api import Runtime

POINT = "bureau.query"
PURPOSE = "loan_decision"
# A reference that was not served by then is worth nothing.
REFERENCE_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The lender that may read, by which route, and the keys it may prove itself by."""

    lender: int
    id: str
    route: str
    keys: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the bureau is handed: for whom, for what, until when, and the information."""

    reference: str
    receiver: Receiver
    purpose: str
    consent_version: str
    expires_at: str
    content: Mapping[str, object]


class CreditGateway(Protocol):
    """A licensed bureau, as far as the platform knows one."""

    async def deposit(self, deposit: Deposit) -> None:
        """Hand over. Safe to repeat: the reference names it. Raises NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """That a lender learn what a request is to be decided on."""

    request: int
    party: int
    receiver: Receiver
    content: Mapping[str, object]


def reference_of(runtime: Runtime, request: int) -> str:
    """Return the reference of a request: the same whenever it is asked again."""
    return runtime.keys.blind("credit_reference", str(request)).hex()[:32]


async def share_credit(
    runtime: Runtime, pack: Pack, gateway: CreditGateway | None, wish: Wish
) -> str:
    """Hand a person's credit information to the bureau for one lender; return the reference.

    Raises:
        Refused: code `credit_not_shared`: a rule stands against it, named; nothing left.
        NoAnswer: the bureau did not take it; the same request asks again.
    """
    cell, now = runtime.cell(wish.party), runtime.clock.now()
    receiver, day = wish.receiver, business_date_of(now, runtime.settings.zone)
    whose = Caller(Role.BORROWER, wish.party, 0, cell)
    async with runtime.database.transaction() as connection:
        live = await list_consents(connection, whose)
        asked = next((one for one in live if one.scope is Scope.BUREAU_QUERY), None)
        shares = any(
            one.scope is Scope.SHARE_LENDER and one.recipient == receiver.lender for one in live
        )
        facts: dict[str, object] = {
            "has_consent_bureau_query": asked is not None and shares,
            "query_purpose": PURPOSE,
            "query_route": receiver.route,
            "data_asked": tuple(wish.content),
        }
        if asked is not None:
            facts["consent_version"] = asked.version
        found = pack.compile(POINT, day)(facts)
        against = next((one.rule for one in found if one.severity is not Severity.WARN), "")
        version = asked.version if asked is not None else ""
        reference = reference_of(runtime, wish.request)
        share = Share(
            cell, wish.request, wish.party, receiver.lender, receiver.route, PURPOSE, version,
            reference,
        )  # fmt: skip
        before = await store.intend(connection, share, now)
        of = (cell, wish.request)
        if against:
            await store.end(connection, of, ("refused", against), now)
    if against:
        raise Refused(against, code="credit_not_shared")
    if before == "deposited":
        return reference
    await _hand_over(runtime, gateway, wish, share)
    return reference


async def _hand_over(
    runtime: Runtime, gateway: CreditGateway | None, wish: Wish, share: Share
) -> None:
    expires = (runtime.clock.now() + REFERENCE_LIFE).isoformat()
    deposit = Deposit(
        share.reference, wish.receiver, share.purpose, share.consent_version, expires, wish.content
    )
    state = "no_answer"
    if gateway is not None:
        with suppress(NoAnswer):
            await gateway.deposit(deposit)
            state = "deposited"
    async with runtime.database.transaction() as connection:
        of = (share.cell, share.request)
        await store.end(connection, of, (state, ""), runtime.clock.now())
    if state != "deposited":
        raise NoAnswer
