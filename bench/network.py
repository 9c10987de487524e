"""`python -m bench.network`: how long until the first offer stands, by a phone's network.

The whole way from the tap on "submit" to the first offer on the page, against the real platform,
with the browser's own shaping of delay and speed. The last row cuts the network for a second in the
middle of the decision: the page asks again under the same key, and nothing is decided twice.
Exit 3 when there is no Chromium.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.stage import FACTS, Person, Platform, chromium, serving, somebody
from playwright.sync_api import Browser, Page, Route

ROUNDS = 5
KBIT = 1_000 / 8
CUT_MS = 1_000
DRAFT = {
    "version": 1,
    "product": "consumer_cash",
    "amount_minor": 3_000_000,
    "tenor_months": 12,
    "purpose": "goods",
    "facts": FACTS,
    "basket": None,
    "saved_at": "2026-11-24T06:02:00Z",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A network: one way there and back in ms, and its speed down and up in kbit a second."""

    name: str
    latency_ms: int
    down_kbit: int
    up_kbit: int
    is_cut: bool = False


PROFILES = (
    Profile("20 ms, 100 Mbit", 20, 100_000, 100_000),
    Profile("4G", 60, 9_000, 3_000),
    Profile("3G", 150, 1_600, 750),
    Profile("4G, cut and back", 60, 9_000, 3_000, is_cut=True),
)


def main() -> int:
    """Print a row a profile."""
    with tempfile.TemporaryDirectory(prefix="tongtu-network-") as home, ExitStack() as stack:
        platform = stack.enter_context(serving(Path(home), is_demo=True))
        browser = stack.enter_context(chromium())
        print(f"{'network':>18}  {'first page':>10}  {'first offer, median':>20}  least  most")
        for profile in PROFILES:
            rounds = [_once(browser, platform, profile) for _ in range(ROUNDS)]
            pages, offers = zip(*rounds, strict=True)
            print(
                f"{profile.name:>18}  {statistics.median(pages):>8.0f}ms"
                f"  {statistics.median(offers):>18.0f}ms  {min(offers):.0f}  {max(offers):.0f}"
            )
    return 0


def _once(browser: Browser, platform: Platform, profile: Profile) -> tuple[float, float]:
    """Return how long the first page and the first offer took, in ms."""
    with somebody(platform.url) as person:
        _agree(person)
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        context.add_init_script(
            f"sessionStorage.setItem('tongtu.session', '{person.token}');"
            f"localStorage.setItem('tongtu.draft', {json.dumps(_draft(person.token))});"
        )
        page = context.new_page()
        shaped = context.new_cdp_session(page)
        shaped.send("Network.enable")
        shaped.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": profile.latency_ms,
                "downloadThroughput": profile.down_kbit * KBIT,
                "uploadThroughput": profile.up_kbit * KBIT,
            },
        )
        began = time.perf_counter()
        page.goto(f"{platform.url}/#/apply/confirm")
        submit = page.get_by_role("button", name="提交，看各家的报价")
        submit.wait_for()
        first_page = time.perf_counter() - began
        if profile.is_cut:
            _cut(page)
        began = time.perf_counter()
        submit.click()
        if profile.is_cut:
            page.get_by_role("button", name="再试一次").click()
        page.get_by_role("button", name="份报价").click()
        page.locator("article.offer").first.wait_for()
        first_offer = time.perf_counter() - began
        decided = person.get("/v1/applications")["items"]
        assert len(decided) == 1, f"decided {len(decided)} times"
        context.close()
    return 1_000 * first_page, 1_000 * first_offer


def _agree(person: Person) -> None:
    lenders = [one["id"] for one in person.http.get("/v1/lenders").json()["items"]]
    given = person.consent("identity_check", "automated_decision")
    given["grants"] += [{"scope": "share_lender", "recipient": one} for one in lenders]
    person.post("/v1/me/consents", given)


def _draft(token: str) -> str:
    return json.dumps(DRAFT | {"key": f"bench-{token[-12:]}"})


def _cut(page: Page) -> None:
    """Let the application reach the platform and its answer be lost, once."""
    was_cut = []

    def lose(route: Route) -> None:
        if was_cut or route.request.method != "POST":
            route.continue_()
            return
        was_cut.append(True)
        route.fetch()
        page.wait_for_timeout(CUT_MS)
        route.abort("internetdisconnected")

    page.route("**/v1/applications", lose)


if __name__ == "__main__":
    sys.exit(main())
