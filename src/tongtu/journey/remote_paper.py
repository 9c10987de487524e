"""The signature of a lender on a machine of its own: it is sent the paper, and signs it there.

Its key never comes here. It proves by its signed answers that the key is its own; the authority
then certifies it, and what comes back is checked before it stands in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tongtu.contracts.api import LENDER, Agreement, AwayHouse, Prepared
from tongtu.funding.api import (
    Act,
    BadAnswer,
    LenderLine,
    NoAnswer,
    PaperAsk,
    RemoteLender,
    is_genuine,
    packed,
    read_paper_answer,
    read_paper_key,
    remote_of_application,
    valid_keys,
    write_paper_ask,
)
from tongtu.journey.needs import Lending
from tongtu.kernel.errors import Broken, Overloaded
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId
from tongtu.runtime.api import Runtime, get_logger

RETRY_AFTER_S = 5
log = get_logger("lenders")


class Reaching(Lending, Protocol):
    """What reaching a remote lender needs of the running platform."""

    def paper_line(self, lender: int) -> LenderLine | None:
        """Return the line to a remote lender, None where it is not reached."""
        ...


@dataclass(frozen=True, slots=True)
class _Lender:
    """A remote lender at the other end of its line, and the keys its words are checked by."""

    runtime: Runtime
    remote: RemoteLender
    line: LenderLine
    keys: dict[str, bytes]

    async def public(self) -> bytes:
        """Return the key it signs papers by (DER)."""
        name = self.remote.lender.id
        said = await self._say("/paper-key", (Act.ASK_PAPER_KEY, Act.PAPER_KEY), name, b"{}")
        try:
            return read_paper_key(said, name)
        except BadAnswer as fault:
            raise _not_now(self.remote, fault.detail) from None

    async def sign(self, ask: PaperAsk) -> bytes:
        """Return its CMS over the paper's byte range (DER)."""
        body = write_paper_ask(ask)
        said = await self._say("/papers", (Act.ASK_PAPER, Act.PAPER), ask.request, body)
        try:
            return read_paper_answer(said, ask.request)
        except BadAnswer as fault:
            raise _not_now(self.remote, fault.detail) from None

    async def _say(self, path: str, acts: tuple[Act, Act], subject: str, body: bytes) -> bytes:
        """Return what it answers, once its signature holds.

        Raises:
            Overloaded: it does not answer now, or not so that it could be believed.
        """
        asked, answered = acts
        at = self.runtime.clock.now()
        try:
            signed, said = await self.line.say(path, asked, (subject, body), at)
        except NoAnswer:
            raise _not_now(self.remote, "it does not answer") from None
        if not is_genuine(self.keys, (answered, subject, signed), said, self.runtime.clock.now()):
            raise _not_now(self.remote, "its signature does not hold")
        return said


async def remote_houses(reaching: Reaching, agreement: Agreement) -> list[AwayHouse]:
    """Return the remote lender that signs this paper on its own machine; none where none does.

    Raises:
        Overloaded: the lender is not reached now; nothing is signed, the same wish may come again.
    """
    remote = reaching.book.remote(LenderId(agreement.lender))
    if remote is None or not remote.signs_papers:
        return []
    line, runtime = reaching.paper_line(agreement.lender), reaching.runtime
    if line is None:
        raise _not_now(remote, "there is no line to it")
    deal, cell = agreement.deal, runtime.cell(agreement.party)
    about = ApplicationId(agreement.application), DecisionId(deal.decision)
    async with runtime.database.reading() as connection:
        keys = await valid_keys(connection, agreement.lender, runtime.clock.now())
        requests = await remote_of_application(connection, cell, about)
    asked = next((one for one, _ in requests if one.lender == agreement.lender), None)
    if asked is None:
        raise Broken(f"agreement {agreement.id} has a remote lender that nobody asked")
    lender = _Lender(runtime, remote, line, keys)
    request = runtime.public.show("remote_request", asked.id)

    async def sign(prepared: Prepared, certificate: bytes, at: datetime) -> bytes:
        return await lender.sign(
            PaperAsk(
                request=request,
                lender=remote.lender.id,
                agreement=runtime.public.show("agreement", agreement.id),
                field=LENDER,
                principal_minor=deal.principal_minor,
                rate_bps=deal.rate_bps,
                tenor_months=len(deal.rows),
                fee_monthly_minor=deal.fee_monthly_minor,
                at=at.isoformat(),
                certificate=packed(certificate),
                byte_range=prepared.byte_range,
                paper=packed(prepared.paper),
            )
        )

    return [AwayHouse(remote.lender.zh, LENDER, await lender.public(), sign)]


def _not_now(remote: RemoteLender, why: str) -> Overloaded:
    log.warning("lender_signs_no_paper", lender=remote.lender.number, reason=why)
    return Overloaded(
        "the lender does not sign now; nothing is signed, please try again",
        code="lender_not_signing",
        retry_after_s=RETRY_AFTER_S,
    )
