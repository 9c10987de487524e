"""`python -m bench.shots FOLDER`: a picture of every screen, zh and en, phone and desktop.

The platform, a small replay of real applications and a person who borrows are the real ones; the
folder gets an index page. A screen that shows a fault, a foreign host or an empty frame is named.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.stage import ROOT, Person, Platform, Watch, chromium, serving, shop_of, somebody
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TookTooLong

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
LANGUAGES = ("zh", "en")
CONSOLE = (
    "desk", "decisions", "approvals", "branch", "rules", "models", "ledger", "reconciliation",
    "day-end", "settlements", "live", "evidence", "law",
)  # fmt: skip
APPLICATIONS, MONTHS = 60, 1
SETTLE_MS = 12_000
REST_MS = 400


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown, where, and to whom (a token, by the key under which the page keeps it)."""

    name: str
    url: str
    key: str = ""
    token: str = ""


def main() -> int:
    """Take the pictures; 1 when a screen was at fault."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/shots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tongtu-shots-") as home, ExitStack() as stack:
        platform = stack.enter_context(serving(Path(home), is_demo=True))
        _replay(platform, home)
        shop = stack.enter_context(shop_of(platform))
        person = stack.enter_context(somebody(platform.url))
        browser = stack.enter_context(chromium())
        screens = [*_borrower(platform, person, stack), *_console(platform)]
        screens.append(Screen("shop", f"{shop}/{{lang}}"))
        faults = [fault for one in screens for fault in _take(browser, one, folder)]
    _index(folder, [one.name for one in screens])
    for fault in faults:
        print(fault)
    print(f"{len(screens)} screens, {len(faults)} faults: {folder / 'index.html'}")
    return 1 if faults else 0


def _replay(platform: Platform, home: str) -> None:
    environment = os.environ | {"TONGTU_HOME": home, "PYTHONPATH": str(ROOT / "src")}
    words = ("replay", "--url", platform.url, "--applications", str(APPLICATIONS))
    command = [sys.executable, "-m", "tongtu", *words, "--months", str(MONTHS)]
    subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)


def _borrower(platform: Platform, person: Person, stack: ExitStack) -> Iterator[Screen]:
    """Every page of the borrower: as a guest, with a loan, with offers, and refused."""
    loan = person.borrow()
    held = person.get(f"/v1/loans/{loan}")["application"]
    other = stack.enter_context(somebody(platform.url))
    offers = other.apply()["application"]
    chosen = stack.enter_context(somebody(platform.url))
    accepted = chosen.apply()["application"]
    chosen.post(f"/v1/applications/{accepted}/acceptance", {"offer": 1})
    poor = stack.enter_context(somebody(platform.url))
    refused = poor.apply(records=True, seniority_years=0, income_minor=200_000, job="other")
    asked = stack.enter_context(somebody(platform.url))
    reviewed = asked.apply(records=True, seniority_years=0, income_minor=200_000, job="other")
    asked.post(f"/v1/applications/{reviewed['application']}/review", None)
    for name, path in (("home", "/"), ("sign-in", "/sign-in"), ("advise", "/advise")):
        yield Screen(f"borrower-{name}", f"{platform.url}/#{path}")
    for name, who, path in (
        ("me", person, "/me"), ("loans", person, "/loans"), ("loan", person, f"/loans/{loan}"),
        ("early", person, f"/loans/{loan}/early"), ("relief", person, f"/loans/{loan}/relief"),
        ("money", person, f"/a/{held}"), ("identify", person, "/identify"),
        ("passkey", person, "/identify/passkey"), ("identity", other, "/apply/identity"),
        ("facts", other, "/apply/facts"), ("decision", other, f"/decision/{offers}"),
        ("offers", other, f"/a/{offers}"), ("costs", chosen, f"/a/{accepted}"),
        ("decline", poor, f"/a/{refused['application']}"),
        ("review", asked, f"/a/{reviewed['application']}"),
    ):  # fmt: skip
        yield Screen(f"borrower-{name}", f"{platform.url}/#{path}", "tongtu.session", who.token)


def _console(platform: Platform) -> Iterator[Screen]:
    yield Screen("console-sign-in", f"{platform.url}/console")
    for name in CONSOLE:
        url = f"{platform.url}/console#/{name}"
        role = "clerk" if name in {"desk", "branch"} else "operator"
        yield Screen(f"console-{name}", url, "tongtu.console", platform.tokens[role])
    url = f"{platform.url}/console#/evidence"
    yield Screen("regulator-evidence", url, "tongtu.console", platform.tokens["regulator"])


def _take(browser: Browser, screen: Screen, folder: Path) -> Iterator[str]:
    for size, (width, height) in SIZES.items():
        for language in LANGUAGES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                locale="zh-CN" if language == "zh" else "en-GB",
                reduced_motion="reduce",
            )
            if screen.key:
                context.add_init_script(f"sessionStorage.setItem('{screen.key}', '{screen.token}')")
            page = context.new_page()
            hosts = ("http://127.0.0.1",)
            watch = Watch(screen.url, hosts=hosts)
            watch.on(page)
            name = f"{screen.name}-{language}-{size}"
            yield from (
                f"{name}: {fault}"
                for fault in _shoot(page, screen.url.replace("{lang}", language), folder / name)
            )
            yield from (f"{name}: {fault}" for fault in watch.faults)
            if language == "en" and (left := _chinese(page)):
                print(f"{name}: still Chinese: {left[:120]}")
            context.close()


def _shoot(page: Page, url: str, path: Path) -> Iterator[str]:
    page.goto(url)
    try:
        page.get_by_role("heading", level=1).first.wait_for(timeout=SETTLE_MS)
        page.wait_for_function(
            "() => !document.querySelector('.skeleton, .skeletons')", timeout=SETTLE_MS
        )
    except TookTooLong:
        yield "its content did not come"
    page.wait_for_timeout(REST_MS)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        yield "it is wider than its window"
    page.screenshot(path=path.with_suffix(".png"), full_page=True)


def _chinese(page: Page) -> str:
    """Return what is left of Chinese on a page in English, the switch of languages aside."""
    text = page.evaluate("document.body.innerText")
    return " ".join(sorted(set(re.findall("[\u4e00-\u9fff]+", text)) - {"中文", "通途"}))


def _index(folder: Path, names: list[str]) -> None:
    rows = []
    for name in names:
        cells = "".join(
            f'<td><a href="{file}"><img loading="lazy" width="280" src="{file}" '
            f'alt="{html.escape(file)}"></a></td>'
            for size in SIZES
            for language in LANGUAGES
            for file in [f"{name}-{language}-{size}.png"]
        )
        rows.append(f"<tr><th>{html.escape(name)}</th>{cells}</tr>")
    head = "".join(f"<th>{size} {language}</th>" for size in SIZES for language in LANGUAGES)
    page = (
        "<!doctype html><meta charset=utf-8><title>Tongtu: every screen</title>"
        "<style>body{font:14px system-ui}td,th{vertical-align:top;padding:8px;text-align:left}"
        f"img{{border:1px solid #ccc}}</style><table><tr><th></th>{head}</tr>"
        f"{''.join(rows)}</table>"
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
