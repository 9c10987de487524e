"""What the routes are handed by the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from tongtu.access.api import (
    Masking,
    Organisation,
    PasswordDoor,
    Permission,
    RelyingParty,
    load_organisations,
    shipped_masking,
    shipped_permissions,
)
from tongtu.catalog.api import Catalogue
from tongtu.channels.rest.headers import RequestIds
from tongtu.channels.rest.site import File
from tongtu.checkout.api import Merchants
from tongtu.contracts.api import Press
from tongtu.funding.api import Book, LenderLine
from tongtu.identity.api import Doorkeeper
from tongtu.insight.api import Pulse
from tongtu.journey.api import RemoteDesk, process_calls
from tongtu.kernel.clock import business_date_of
from tongtu.origination.api import ArmsOf, DecisionLane, Desk, GoodsQuotes, QuoteLane, load_desk
from tongtu.partner.api import Sandbox
from tongtu.payments.api import BankBooks
from tongtu.policy.api import Laws, Pack
from tongtu.process.api import Engine, Graphs
from tongtu.risk.api import Informant, OutsideBook, load_outside
from tongtu.runtime.api import Runtime
from tongtu.servicing.api import load_line_rules
from tongtu.tables.api import Table, rules_root
from tongtu.verification.api import Equipment, load_rulebook


async def _nothing() -> None:
    """Stand in until models are watched."""


@dataclass(slots=True)
class Parts:
    """The running platform, as far as its routes need to know it."""

    runtime: Runtime
    doorkeeper: Doorkeeper
    pack: Pack
    catalogue: Catalogue
    book: Book
    press: Press
    live: Pulse
    readiness: Callable[[], Awaitable[dict[str, str]]]
    version: str
    instance: str  # begins the request ids of this process
    site: dict[str, File] = field(default_factory=dict)
    merchants: Merchants = field(default_factory=Merchants)
    desk: Desk = field(default_factory=lambda: load_desk(rules_root()))
    line_rules: Table = field(default_factory=load_line_rules)
    # No lane stands before a model is trained; it may be replaced while requests are under way.
    decisions: DecisionLane | None = None
    # The bank's own books, and by key id the secrets that its callbacks are signed with.
    bank: BankBooks | None = None
    bank_secrets: Mapping[str, bytes] = field(default_factory=dict)
    on_callback: Callable[[], None] = lambda: None
    # Asked before a product that needs a report is decided; none: such a case goes to a person.
    bureau: Informant | None = None
    outside: OutsideBook = field(default_factory=load_outside)
    # Who answers for outside sources, by id; one that is not here counts as silent.
    informants: Mapping[str, Informant] = field(default_factory=dict)
    # The registry changed: comes back when the lane decides as it says.
    on_models: Callable[[], Awaitable[object]] = _nothing
    # Asks the lenders that decide on machines of their own, and hears them.
    lenders: RemoteDesk | None = None
    # What of the registered models and rules cannot be used, by part.
    model_faults: Mapping[str, str] = field(default_factory=dict)
    # The router was switched: comes back when the lane heeds it.
    on_router: Callable[[], Awaitable[object]] = _nothing
    # A price experiment was stopped or approved: comes back when the lane heeds it.
    on_experiments: Callable[[], Awaitable[object]] = _nothing
    # Tells why an experiment that should run does not; empty: it does.
    experiment_fault: Callable[[int], str] = lambda _: ""
    # Makes the arms of an experiment over what is about to decide.
    arms_of: ArmsOf | None = None
    # Rules of verification, and whom it may ask.
    verifying: Equipment = field(default_factory=lambda: Equipment(load_rulebook(rules_root())))
    # Each lender's own law; none: all lend under the pack alone.
    laws: Laws | None = None
    # For whose pages passkeys are made.
    relying_party: RelyingParty = RelyingParty("localhost", ("http://localhost",))
    # Who may call which route; a route without an entry is shut.
    permissions: Mapping[tuple[str, str], Permission] = field(default_factory=shipped_permissions)
    masking: Masking = field(default_factory=shipped_masking)
    # The house and its partners, each parent before its children.
    organisations: tuple[Organisation, ...] = field(
        default_factory=lambda: load_organisations(rules_root() / "organisation.toml")
    )
    streams: int = 0  # live pages that look on now
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    request_ids: RequestIds = field(init=False)  # one numbering for both doors
    goods: QuoteLane = field(init=False)
    sandbox: Sandbox = field(init=False)
    passwords: PasswordDoor = field(init=False)
    processes: Engine = field(init=False)

    def __post_init__(self) -> None:
        """Number the requests from one, and open the lane of quotes."""
        self.request_ids = RequestIds(self.instance)
        runtime = self.runtime
        self.sandbox = Sandbox(runtime)
        self.passwords = PasswordDoor(runtime)
        self.processes = Engine(runtime, process_calls(runtime, self.pack), Graphs())
        self.goods = QuoteLane(
            GoodsQuotes(self.all_laws, self.catalogue, self.book),
            lambda: business_date_of(runtime.clock.now(), runtime.settings.zone),
        )

    def paper_line(self, lender: int) -> LenderLine | None:
        """Return the line to a remote lender, None where it is not reached."""
        return None if self.lenders is None else self.lenders.lines.get(lender)

    @property
    def all_laws(self) -> Laws:
        """Each lender's own law; the pack alone where no lender has one."""
        return self.laws or Laws(self.pack)

    def law_of(self, lender: str) -> Pack:
        """Return the pack a lender's programs, offers and contracts are judged by."""
        return self.all_laws.of(lender)

    @property
    def consent_version(self) -> str:
        """The version of the consent texts in force."""
        return self.pack.content.consents[0].version

    async def is_stopping_within(self, seconds: float) -> bool:
        """Wait for so long, and tell whether the platform stops meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)
        return self.stopping.is_set()
