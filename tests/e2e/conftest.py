"""The real platform in demo mode, a trained model, and the distribution's own Chromium."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/tongtu/channels/web/static"
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 120
WAIT_MS = 20_000
FACTS = {
    "income_minor": 1_350_000,
    "expenses_minor": 300_000,
    "assets_minor": 20_000_000,
    "debt_minor": 0,
    "price_minor": 3_000_000,
    "seniority_years": 6,
    "home": "owner",
    "job": "fixed",
    "records": False,
}


@dataclass(frozen=True, slots=True)
class Platform:
    """A running server."""

    url: str
    tokens: dict[str, str] = field(default_factory=dict)


@contextmanager
def serving(home: Path, *, is_demo: bool) -> Iterator[Platform]:
    """Run `tongtu serve` on a free port until the block ends."""
    environment = os.environ | {
        "TONGTU_HOME": str(home),
        "TONGTU_DEMO": "true" if is_demo else "false",
        "TONGTU_PORT": "0",
        "TONGTU_LOG_LEVEL": "warning",
        "PYTHONPATH": str(ROOT / "src"),
    }
    if not is_demo:
        # A real platform must name its rail; the pages move no money there, so nobody listens.
        environment["TONGTU_BANK_URL"] = "http://127.0.0.1:9"
    else:
        for step in ("data", "train"):
            command = [sys.executable, "-m", "tongtu", step]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with (home / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "tongtu", "serve"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = _wait_for(server, home, "/ready" if is_demo else "/health")
            logins = home / "demo-logins.json"
            tokens = msgspec.json.decode(logins.read_bytes()) if is_demo else {}
            yield Platform(url, tokens)
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(server: subprocess.Popen[bytes], home: Path, path: str) -> str:
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            url = str(msgspec.json.decode((home / "serve.json").read_bytes())["url"])
            if httpx.get(url + path).status_code == 200:
                return url
        except (OSError, httpx.HTTPError, msgspec.DecodeError):
            pass
        time.sleep(0.1)
    pytest.fail("the server did not start: " + (home / "server.log").read_text()[-2_000:])


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform with its pages, a model and demo log-ins."""
    if not (STATIC / "borrower/index.html").exists():
        pytest.skip("the pages are not built: make web")
    with serving(tmp_path_factory.mktemp("home"), is_demo=True) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as running:
        yield running


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, skipped where there is none."""
    names = (os.environ.get("TONGTU_CHROMIUM", ""), *BROWSERS)
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def shop(platform: Platform) -> Iterator[str]:
    """The sample shop of the first merchant."""
    with shop_of(platform) as url:
        yield url


@contextmanager
def shop_of(platform: Platform) -> Iterator[str]:
    """The sample shop of a platform's first merchant: another origin, a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "SHOP_SIMULATOR_TOKEN": platform.tokens["merchant_haoyu"],
    }
    command = [sys.executable, "-m", "tongtu.simulators.shop", "--platform", platform.url]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{msgspec.json.decode(process.stdout.readline())['port']}"
        finally:
            process.terminate()


@dataclass
class Watch:
    """What a page must never do: fail, complain, or speak to somebody else."""

    url: str
    allowed: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Listen to one page."""
        page.on("console", lambda m: self._note(m.type in ("error", "warning"), m.text))
        page.on("pageerror", lambda error: self._note(True, f"page error: {error}"))
        page.on("request", lambda request: self._check_host(request.url))

    def _check_host(self, url: str) -> None:
        # Chromium shows a PDF by a page of its own, with style sheets that are its own, too.
        is_own = url.startswith(
            (
                self.url,
                *self.hosts,
                "blob:",
                "data:",
                "chrome-extension:",
                "chrome://resources/css/",
            )
        )
        self._note(not is_own, f"foreign host: {url}")

    def _note(self, is_fault: bool, text: str) -> None:
        if is_fault and not any(each in text for each in self.allowed):
            self.faults.append(text)


@pytest.fixture
def open_page(browser: Browser, platform: Platform) -> Iterator[Any]:
    """Open a page: `open_page(lang="en", dark=True, ...)`. In the end no page has done wrong."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def new(
        path: str = "/",
        *,
        lang: str = "zh",
        dark: bool = False,
        width: int = 390,
        height: int = 844,
        allowed: tuple[str, ...] = (),
        url: str = platform.url,
        hosts: tuple[str, ...] = (),
        large: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN" if lang == "zh" else "en-GB",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(WAIT_MS)
        watch = Watch(url, allowed, hosts)
        if large:
            context.add_init_script("localStorage.setItem('tongtu.type', 'large')")
        context.on("page", watch.on)
        page = context.new_page()
        contexts.append(context)
        watches.append(watch)
        page.goto(url + path)
        return page

    yield new
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


def check_accessible(page: Page, name: str) -> None:
    """No violation of WCAG 2.2 A and AA that a machine can find; keep a picture when asked to."""
    if not AXE.exists():
        pytest.skip("axe is not installed: make web")
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    with in_one_piece(page):
        found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    violations = [
        (each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found["violations"]
    ]
    keep_picture(page, name)
    assert violations == [], name


@contextmanager
def in_one_piece(page: Page) -> Iterator[None]:
    """Show the page as high as it is: a bar that sticks to the window's end covers none of it.

    Else whether a control is beneath the bar, and too small for axe, is a matter of line breaks.
    """
    window = page.viewport_size
    assert window is not None
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(height, window["height"])})
    yield
    page.set_viewport_size(window)


def keep_picture(page: Page, name: str) -> None:
    """Save a screenshot under $TONGTU_PICTURES, if that is set."""
    if folder := os.environ.get("TONGTU_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic person who signed in over the API, to begin a test further on."""

    http: httpx.Client
    token: str

    def post(self, path: str, body: Any) -> Any:
        """Send one command."""
        answer = self.http.post(path, json=body, headers=self._headers())
        answer.raise_for_status()
        return answer.json()

    def try_post(self, path: str, body: Any) -> bool:
        """Send one command; tell whether it was taken."""
        return self.http.post(path, json=body, headers=self._headers()).is_success

    def wait_until(self, found: Callable[[], Any]) -> Any:
        """Return what `found` says once it says something."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if answer := found():
                return answer
            time.sleep(0.1)
        pytest.fail("it did not come about")

    def consent(self, *scopes: str) -> dict[str, Any]:
        """What is sent to agree to these."""
        version = self.http.get("/v1/consent-texts").json()["version"]
        return {"grants": [{"scope": one} for one in scopes], "version": version}

    def get(self, path: str) -> Any:
        """Read as this person."""
        answer = self.http.get(path, headers={"authorization": f"Bearer {self.token}"})
        answer.raise_for_status()
        return answer.json()

    def apply(self, product: str = "consumer_cash", *, device: str = "", **facts: Any) -> Any:
        """Consent to everything and apply, with a device of one's own if none is named."""
        version = self.http.get("/v1/consent-texts").json()["version"]
        lenders = [one["id"] for one in self.http.get("/v1/lenders").json()["items"]]
        grants = [{"scope": "identity_check"}, {"scope": "automated_decision"}]
        grants += [{"scope": "share_lender", "recipient": one} for one in lenders]
        self.post("/v1/me/consents", {"grants": grants, "version": version})
        body = {
            "product": product,
            "amount_minor": 3_000_000,
            "tenor_months": 12,
            "purpose": "daily_consumption",
            "device": device or secrets.token_hex(8),
            "facts": FACTS | facts,
        }
        return self.post("/v1/applications", body)

    def borrow(self) -> str:
        """Borrow 30,000 over 12 months; return the loan once the money has arrived."""
        found = self.sign_for("consumer_cash")
        return str(self.wait_until(lambda: self.get(f"/v1/applications/{found}")["loan"]))

    def open_line(self) -> str:
        """Open a credit line of 30,000; return it."""
        self.sign_for("credit_line")
        found = self.wait_until(lambda: self.get("/v1/facilities")["items"])
        return str(found[0]["facility"])

    def sign_for(self, product: str) -> str:
        """Go the whole way to a signature; return the application."""
        found = self.apply(product)["application"]
        case = self.get(f"/v1/applications/{found}")
        accepted = {"offer": 1, "decision": case["decision"]}
        offer = self.post(f"/v1/applications/{found}/acceptance", accepted)["offer"]
        costs = self.get(f"/v1/offers/{offer}/cost-table")
        clauses = [{name: one[name] for name in ("clause", "sha256")} for one in costs["clauses"]]
        self.wait_until(lambda: self.try_post(f"/v1/offers/{offer}/cost-table/confirmation", {}))
        self.post(f"/v1/offers/{offer}/clauses/acknowledgement", {"clauses": clauses})
        paper = self.post(f"/v1/offers/{offer}/agreement", {})
        signing = {"sha256": paper["sha256"]}
        self.post(f"/v1/agreements/{paper['agreement']}/signature", signing)
        return str(found)

    def enter(self, page: Page, path: str) -> None:
        """Go to a page as this person."""
        # Before the page's own code: a reload may read the storage sooner than a write arrives.
        page.add_init_script(f"sessionStorage.setItem('tongtu.session', '{self.token}')")
        page.evaluate("path => history.replaceState(null, '', '#' + path)", path)
        page.reload()

    def _headers(self) -> dict[str, str]:
        key = secrets.token_hex(16)
        return {"authorization": f"Bearer {self.token}", "idempotency-key": key}


@pytest.fixture
def person(platform: Platform) -> Iterator[Person]:
    """A synthetic person, signed in and identified."""
    with somebody(platform.url) as found:
        yield found


@contextmanager
def somebody(url: str) -> Iterator[Person]:
    """A synthetic person, signed in and identified."""
    with httpx.Client(base_url=url, timeout=30) as http:
        made = http.post("/v1/demo/persons").json()
        asked = http.post("/v1/sign-in/codes", json={"phone": made["phone"]}).json()
        inbox = http.get("/v1/demo/inbox", params={"phone": made["phone"]}).json()
        given = {"challenge": asked["challenge"], "code": inbox["messages"][0]["code"]}
        someone = Person(http, http.post("/v1/sign-in", json=given).json()["token"])
        headers = someone._headers()
        body = {"name": made["name"], "resident_id": made["resident_id"]}
        http.put("/v1/me/identity", json=body, headers=headers).raise_for_status()
        yield someone
