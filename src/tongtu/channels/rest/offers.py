"""An accepted offer's papers: cost table, its confirmation, clauses, the agreement made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import (
    acknowledge_clauses,
    confirm_cost,
    prepare_agreement,
    seen_clauses,
    show_cost,
)
from tongtu.origination.api import percent_of_bps

# An agreement has a handful of highlighted clauses.
CLAUSES_MAX = 32


class CostRowShown(msgspec.Struct, frozen=True):
    """One item: what, how it is collected, by whom, how much."""

    item_zh: str
    item_en: str
    note_zh: str
    note_en: str
    how_zh: str
    how_en: str
    collected_by: str
    amount_minor: int


class ContingentShown(msgspec.Struct, frozen=True):
    """A cost that arises only if something happens."""

    item_zh: str
    item_en: str
    how_zh: str
    how_en: str
    rate_percent: str


class ClauseShown(msgspec.Struct, frozen=True):
    """A highlighted clause: each is acknowledged by itself before the agreement is signed."""

    clause: str
    version: str
    text_zh: str
    text_en: str
    sha256: str
    acknowledged_at: datetime | None


class CostTableShown(msgspec.Struct, frozen=True, kw_only=True):
    """All costs of one offer; nothing else may be charged."""

    rows: list[CostRowShown]
    principal_minor: int
    total_minor: int
    cost_minor: int
    instalments: int
    instalment_minor: int
    last_instalment_minor: int
    irr12_percent: str
    effective_percent: str
    cap_percent: str
    basis_zh: str
    basis_en: str
    contingent: list[ContingentShown]
    no_other_charges_zh: str
    no_other_charges_en: str
    reading_seconds: int
    shown_at: datetime
    readable_at: datetime
    confirmed_at: datetime | None
    sha256: str
    clauses: list[ClauseShown]


class ClauseSeen(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A clause that is acknowledged, by the hash of the words that were read."""

    clause: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,32}$")]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ClausesSeen(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One or more clauses that are acknowledged."""

    clauses: Annotated[list[ClauseSeen], msgspec.Meta(min_length=1, max_length=CLAUSES_MAX)]


class AcknowledgedShown(msgspec.Struct, frozen=True):
    """A clause that was acknowledged, at our clock."""

    clause: str
    version: str
    sha256: str
    acknowledged_at: datetime


class ClausesAcknowledged(msgspec.Struct, frozen=True):
    """All that was acknowledged of the offer."""

    acknowledged: list[AcknowledgedShown]


class Confirmed(msgspec.Struct, frozen=True):
    """That the cost table was read to its end."""

    confirmed_at: datetime
    step: str


class AgreementMade(msgspec.Struct, frozen=True):
    """The paper to be signed, by the hash of its bytes."""

    agreement: str
    sha256: str
    step: str


@get("/v1/offers/{offer:str}/cost-table", opt=allow(Role.BORROWER))
async def find_cost_table(
    offer: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> CostTableShown:
    """Return the cost table; the first look starts the reading time and is recorded."""
    identifier = read_id(parts, "offer", offer)
    shown = await show_cost(parts, caller, identifier)
    clauses = await seen_clauses(parts, caller, identifier)
    table = shown.table
    return CostTableShown(
        rows=[msgspec.convert(row, CostRowShown, from_attributes=True) for row in table.rows],
        principal_minor=table.principal_minor,
        total_minor=table.total_minor,
        cost_minor=table.cost_minor,
        instalments=table.instalments,
        instalment_minor=table.instalment_minor,
        last_instalment_minor=table.last_instalment_minor,
        irr12_percent=table.irr12_percent,
        effective_percent=table.effective_percent,
        cap_percent=table.cap_percent,
        basis_zh=table.basis_zh,
        basis_en=table.basis_en,
        contingent=[
            ContingentShown(
                item_zh=one.item_zh,
                item_en=one.item_en,
                how_zh=one.terms_zh,
                how_en=one.terms_en,
                rate_percent=percent_of_bps(one.rate_bps),
            )
            for one in table.contingent
        ],
        no_other_charges_zh=table.no_other_charges_zh,
        no_other_charges_en=table.no_other_charges_en,
        reading_seconds=round((shown.readable_at - shown.shown_at).total_seconds()),
        shown_at=shown.shown_at,
        readable_at=shown.readable_at,
        confirmed_at=shown.confirmed_at,
        sha256=shown.sha256.hex(),
        clauses=[
            ClauseShown(
                clause=one.clause.id,
                version=one.clause.version,
                text_zh=one.clause.zh,
                text_en=one.clause.en,
                sha256=one.clause.sha256.hex(),
                acknowledged_at=one.acknowledged_at,
            )
            for one in clauses
        ],
    )


@post(
    "/v1/offers/{offer:str}/cost-table/confirmation",
    status_code=200,
    opt=allow_write(Role.BORROWER),
)
async def confirm_cost_table(
    offer: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Confirmed:
    """Confirm that the table was read; before the reading time is over this is refused."""
    answer = await confirm_cost(parts, caller, read_id(parts, "offer", offer), command)
    return stored(answer, Confirmed)


@post(
    "/v1/offers/{offer:str}/clauses/acknowledgement",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[ClausesSeen],
    return_dto=None,
)
async def acknowledge(
    offer: FromPath[str],
    data: JSONBody[ClausesSeen],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ClausesAcknowledged:
    """Acknowledge highlighted clauses; other words than are shown now are refused."""
    wanted = {one.clause: bytes.fromhex(one.sha256) for one in data.clauses}
    identifier = read_id(parts, "offer", offer)
    answer = await acknowledge_clauses(parts, caller, identifier, wanted, command)
    return stored(answer, ClausesAcknowledged)


@post("/v1/offers/{offer:str}/agreement", status_code=201, opt=allow_write(Role.BORROWER))
async def make_agreement(
    offer: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> AgreementMade:
    """Print the agreement of an offer whose costs were confirmed."""
    answer = await prepare_agreement(parts, caller, read_id(parts, "offer", offer), command)
    return stored(answer, AgreementMade)


ROUTES = (find_cost_table, confirm_cost_table, acknowledge, make_agreement)
