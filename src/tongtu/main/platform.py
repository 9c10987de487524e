"""Opens every part of the platform in the order in which one needs the other."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import date
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from tongtu import __version__
from tongtu.access.api import RelyingParty, load_organisations
from tongtu.campaign.api import CampaignWorker
from tongtu.catalog.api import Catalogue
from tongtu.channels.rest.api import Parts, check_pages, read_site
from tongtu.checkout.api import load_merchants
from tongtu.contracts.api import HttpTsa, LocalCa, LocalTsa, Press, TsaProvider
from tongtu.evidence.api import Sequencer
from tongtu.funding.api import Book, QuotaKeeper, load_book
from tongtu.identity.api import Doorkeeper
from tongtu.insight.api import ExperimentWatch, Monitor, Pulse
from tongtu.journey.api import (
    DECIDED,
    SIGNED,
    DebitWorker,
    LenderSigner,
    ProcessClock,
    RemoteDesk,
    VerificationClock,
    check_published,
    forbid_flows,
    on_partner_news,
    payment_settled,
    seed_processes,
    start_payout,
)
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Broken
from tongtu.main import bank_process
from tongtu.main.anchors import Anchors
from tongtu.main.informants import Informants
from tongtu.main.models import ModelWatch, rules_folder
from tongtu.main.partners import Partners
from tongtu.main.refusal import SIMULATOR, rail_name
from tongtu.main.seed import close_logins, seed_house, seed_lenders, seed_logins, seed_merchants
from tongtu.main.verifiers import Verifiers
from tongtu.main.witnesses import Witnesses
from tongtu.origination.api import OVERLAYS, RuleShadow, ShadowPricing, load_desk
from tongtu.partner.api import DeliveryWorker
from tongtu.payments.api import SETTLED, CallbackWorker, IsoRail, RailWorker
from tongtu.policy.api import Pack, Shelf, load_laws
from tongtu.risk.api import HttpInformant, load_outside
from tongtu.runtime.api import (
    OK,
    Event,
    Relay,
    Runtime,
    business_date,
    get_logger,
    readiness,
)
from tongtu.servicing.api import load_line_rules
from tongtu.tables.api import rules_root
from tongtu.verification.api import Equipment, load_rulebook

# Where the platform lends; the release in force on the day it starts is its law.
COUNTRY = "cn"
PRODUCTS, MERCHANTS, HOUSE = "products.toml", "merchants.toml", "organisation.toml"
NO_MODEL = "no model is trained yet; make one with: tongtu train"
# Under which key id a bank of the outside signs, where its callbacks come in, and for which purpose
# the simulator's secret is derived.
RAIL_KEY = "rail"
BUREAU = "bureau"  # under which name its answers are kept
CALLBACKS = "/v1/bank/callbacks"
SIMULATOR_SECRET = "bank_simulator"  # noqa: S105 - the purpose of a key, not a key
# Processes that print and seal papers: two keep up with a crowd that signs at once.
PRESSES = 2
# So many signatures and payments of different people are worked on at once, in any order.
EVENTS_AT_ONCE = 4
_SERIAL_BYTES = 19
_INSTANCE_BYTES = 5
log = get_logger("platform")


class Worker(Protocol):
    """Something that runs until it is stopped."""

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End after what is in hand."""
        ...


W = TypeVar("W", bound=Worker)


async def open_parts(runtime: Runtime, stack: AsyncExitStack, url: str) -> Parts:
    """Return the platform that will serve at `url`; `stack` stops its workers in the other order.

    Raises:
        Broken: a pack, a table, a price or a worker is not in order.
    """
    rules = rules_folder(runtime.settings)
    catalogue, book = Catalogue.load(rules / PRODUCTS), load_book(rules)
    merchants = load_merchants(rules / MERCHANTS)
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    pack = choose_pack(book, today)
    laws = load_laws(pack, rules / OVERLAYS, frozenset(one.id for one in book.everybody()))
    for program, finding in check_published(laws, catalogue, book, today):
        log.warning("pack_warns", program=program, rule=finding.rule, facts=dict(finding.facts))
    check_pages(pack, today)
    async with runtime.database.reading() as connection:
        books_on = await business_date(connection)
    await forbid_flows(runtime, pack, books_on)
    await seed_lenders(runtime, book)
    await seed_merchants(runtime, merchants)
    await seed_processes(runtime)
    organisations = load_organisations(
        rules / HOUSE if (rules / HOUSE).exists() else rules_root() / HOUSE
    )
    await seed_house(runtime, organisations, book, merchants)
    if runtime.settings.demo:
        await seed_logins(runtime, book, merchants)
    elif ended := await close_logins(runtime):
        log.warning("demo_logins_ended", tokens=ended)
    serial = runtime.entropy.bytes(_SERIAL_BYTES)
    authority = LocalCa.open(runtime.settings.home, runtime.clock.now(), serial)
    parts = Parts(
        runtime=runtime,
        doorkeeper=await _started(Doorkeeper(runtime), stack),
        pack=pack,
        laws=laws,
        catalogue=catalogue,
        book=book,
        press=await _started(Press(authority, PRESSES, _stamps(runtime, authority)), stack),
        live=Pulse(runtime),
        readiness=lambda: _readiness(parts),
        version=__version__,
        instance=runtime.entropy.bytes(_INSTANCE_BYTES).hex(),
        desk=load_desk(rules),
        outside=load_outside(rules),
        line_rules=load_line_rules(rules),
        site=read_site(),
        merchants=merchants,
        organisations=organisations,
        relying_party=RelyingParty(*runtime.settings.site_origins(urlsplit(url).port or 443)),
        verifying=Equipment(load_rulebook(rules)),
    )
    await _start_workers(parts, stack, url)
    return parts


async def _start_workers(parts: Parts, stack: AsyncExitStack, url: str) -> None:
    """Start all that works beside the requests, in the order in which one needs the other."""
    runtime, book = parts.runtime, parts.book
    await _started(Sequencer(runtime), stack)
    await _started(QuotaKeeper(runtime), stack)
    await _started(Witnesses(runtime, book), stack)
    await _started(Anchors(runtime), stack)
    if runtime.settings.bureau_url is not None:
        bureau = HttpInformant(BUREAU, f"{runtime.settings.bureau_url}/reports")
        stack.push_async_callback(bureau.close)
        parts.bureau = bureau
    await _started(Informants(parts), stack)
    experiments = ExperimentWatch(runtime, lambda: parts.decisions)
    parts.on_experiments, parts.arms_of = experiments.follow, experiments.arms_of
    parts.experiment_fault = experiments.fault_of
    await _open_payments(parts, stack, url)
    await _started(ModelWatch(parts), stack)
    await _started(RuleShadow(runtime, lambda: parts.decisions), stack)
    await _started(Monitor(runtime, lambda: parts.decisions, parts.desk), stack)
    await _started(LenderSigner(runtime, book, lambda: parts.decisions), stack)
    await _started(experiments, stack)
    await _started(Verifiers(parts), stack)
    await _started(VerificationClock(runtime), stack)
    await _started(ProcessClock(parts.processes), stack)
    await _started(CampaignWorker(runtime, parts.pack, parts.catalogue), stack)
    pricing = await _started(ShadowPricing(runtime, lambda: parts.decisions), stack)
    parts.on_router = pricing.follow_switch


def _stamps(runtime: Runtime, authority: LocalCa) -> TsaProvider:
    """Return who stamps the time of signatures: the one of the settings, else a local one."""
    if runtime.settings.tsa_url is not None:
        return HttpTsa(runtime.settings.tsa_url)
    serial = runtime.entropy.bytes(_SERIAL_BYTES)
    return LocalTsa.open(runtime.settings.home, authority, runtime.clock.now(), serial)


def choose_pack(book: Book, today: date) -> Pack:
    """Return the pack in force where the platform and all its lenders are.

    Raises:
        Broken: `no_pack`: none is in force today; `two_laws`: a lender licensed in another
            country, whose offers would stand under two packs, which the lane does not ask.
    """
    shelf = Shelf.load((COUNTRY, *(lender.country for lender in book.everybody())))
    pack = shelf.law_of(COUNTRY, COUNTRY, today).packs[0]
    for lender in book.everybody():
        if shelf.law_of(lender.country, COUNTRY, today).packs != (pack,):
            raise Broken(
                f"{lender.id} is licensed in {lender.country}: its offers would stand under two"
                " packs, and the lane asks one",
                code="two_laws",
            )
    return pack


async def _open_payments(parts: Parts, stack: AsyncExitStack, own_url: str) -> None:
    """Bring up the rail, its workers, and the relay that carries what the bank said."""
    runtime = parts.runtime
    rail_name(runtime.settings)  # refuses the simulator outside demo mode
    url = runtime.settings.bank_url
    if url is None:
        url = await _open_simulator(parts, stack, own_url)
    elif runtime.settings.bank_secret is not None:
        parts.bank_secrets = {RAIL_KEY: bytes.fromhex(runtime.settings.bank_secret)}
    rail = IsoRail(url)
    stack.push_async_callback(rail.close)
    parts.bank = rail
    relay = Relay(runtime)
    worker = RailWorker(runtime, rail, on_news=relay.wake)
    listener = CallbackWorker(runtime, on_news=relay.wake)
    parts.on_callback = listener.wake

    async def signed(event: Event) -> None:
        await start_payout(runtime, parts.pack, event)
        worker.wake()

    async def settled(event: Event) -> None:
        await payment_settled(runtime, event)

    desk = parts.lenders = RemoteDesk(parts, {}, None)
    relay.on(DECIDED, "ask_lenders", desk.decided)
    on_partner_news(relay, runtime)
    relay.on(SIGNED, "start_payout", signed, concurrency=EVENTS_AT_ONCE)
    relay.on(SETTLED, "payment_settled", settled, concurrency=EVENTS_AT_ONCE)
    await _started(worker, stack)
    await _started(listener, stack)
    await _started(DebitWorker(runtime, parts.pack, on_intent=worker.wake), stack)
    await _started(relay, stack)
    await _started(desk, stack)
    await _started(DeliveryWorker(runtime), stack)
    await _started(Partners(parts, desk, own_url), stack)


async def _open_simulator(parts: Parts, stack: AsyncExitStack, own_url: str) -> str:
    """Start the demo's bank or find the one that runs; tell it where its notices go."""
    runtime = parts.runtime
    secret = runtime.keys.derive(SIMULATOR_SECRET)
    bank = await bank_process.find_or_start(runtime.settings.home, secret)
    stack.push_async_callback(bank_process.stop, bank)
    parts.bank_secrets = {SIMULATOR: secret}
    if not await bank_process.tell_address(bank, f"{own_url}{CALLBACKS}"):
        log.warning("bank_sends_no_notices", mend="the platform asks it and reads its statements")
    return bank.url


async def _readiness(parts: Parts) -> dict[str, str]:
    checks = await readiness(parts.runtime)
    rail = f"{OK}: {rail_name(parts.runtime.settings)}"
    model = OK if parts.decisions is not None else NO_MODEL
    if parts.decisions is not None and parts.model_faults:
        model = f"{OK}: without {', '.join(sorted(parts.model_faults))} (tongtu doctor)"
    return checks | {"rail": rail, "model": model}


async def _started(worker: W, stack: AsyncExitStack) -> W:
    await worker.start()
    stack.push_async_callback(worker.stop)
    return worker
