"""From the verdict to a signed contract: passkey, application, costs, clauses, signature."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from bench.identity.passkey import ADD, SIGN_IN, STEP_UP, act, phone
from bench.identity.steps import Traveller

WAIT_S = 90.0
QUORUM = 3
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


def passkey(who: Traveller) -> str:
    """Add a passkey, sign in anew by it, and step up: what is signed next is signed by a finger."""
    with phone(who.url) as page:
        added = act(page, ADD, who.token)
        signed_in = act(page, SIGN_IN, who.token)
        who.failed |= (added["status"], signed_in["status"]) != (201, 200)
        if who.failed:
            return str((added, signed_in))
        who.token = signed_in["body"]["token"]
        fresh = act(page, STEP_UP, who.token)
    who.failed |= fresh["status"] != 200
    return "added, signed in and stepped up in headless Chromium"


def share(who: Traveller) -> str:
    version = who.ask("GET", "/v1/consent-texts")["version"]
    lenders = [one["id"] for one in who.ask("GET", "/v1/lenders")["items"]]
    grants = [{"scope": "share_lender", "recipient": one} for one in lenders]
    told = who.ask("POST", "/v1/me/consents", {"grants": grants, "version": version})
    return f"shared with {len(told.get('consents', []))} lenders, each for itself"


def apply(who: Traveller) -> str:
    body = {
        "product": "consumer_cash", "amount_minor": 3_000_000, "tenor_months": 12,
        "purpose": "daily_consumption", "device": "device-1", "facts": FACTS,
    }  # fmt: skip
    told = who.ask("POST", "/v1/applications", body)
    who.failed |= told.get("outcome") != "offers"
    who.kept["application"] = told.get("application", "")
    return f"{len(told.get('offers', []))} offers" if not who.failed else str(told)


def accept(who: Traveller) -> str:
    path = f"/v1/applications/{who.kept['application']}/acceptance"
    who.kept["offer"] = who.ask("POST", path, {"offer": 1}).get("offer", "")
    return "the cheapest one"


def read_costs(who: Traveller) -> str:
    """Read the table as long as the server's clock wants, then confirm."""
    path = f"/v1/offers/{who.kept['offer']}/cost-table"
    table = who.ask("GET", path)
    if who.failed:
        return str(table)
    time.sleep(table["reading_seconds"])
    who.kept["clauses"] = table["clauses"]
    who.ask("POST", f"{path}/confirmation")
    return f"read for {table['reading_seconds']} s by the server's clock"


def acknowledge(who: Traveller) -> str:
    path = f"/v1/offers/{who.kept['offer']}/clauses/acknowledgement"
    for one in who.kept["clauses"]:
        seen = {"clause": one["clause"], "sha256": one["sha256"]}
        who.ask("POST", path, {"clauses": [seen]})
    return ", ".join(one["clause"] for one in who.kept["clauses"])


def sign(who: Traveller) -> str:
    made = who.ask("POST", f"/v1/offers/{who.kept['offer']}/agreement")
    if who.failed:
        return str(made)
    who.kept["agreement"] = made["agreement"]
    path = f"/v1/agreements/{made['agreement']}/signature"
    told = who.ask("POST", path, {"sha256": made["sha256"]})
    return f"{made['agreement']} {told.get('step')}"


def fetch_bundle(who: Traveller) -> str:
    """Wait until witnesses have co-signed it, and take all that a stranger needs to check it."""
    until = time.monotonic() + WAIT_S
    while True:
        raw = who.bytes(f"/v1/agreements/{who.kept['agreement']}/bundle")
        if (raw is not None and _cosigned_by(raw) >= QUORUM) or time.monotonic() > until:
            break
        time.sleep(0.5)
    point = who.ask("GET", "/v1/evidence/checkpoint")
    who.failed |= raw is None
    if raw is None:
        return "no bundle"
    who.kept["bundle"], who.kept["root"] = raw, who.bytes("/v1/authority/root")
    who.kept["keys"] = point["log_key"], [one["key"] for one in point["witnesses"]]
    return f"{len(raw):,} B, co-signed by {_cosigned_by(raw)} witnesses"


def _cosigned_by(bundle: bytes) -> int:
    """Return how many witnesses signed the checkpoint of the contract's own proof."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return len(json.loads(archive.read("proofs/agreement.json"))["witnesses"])


def verify_offline(who: Traveller, folder: Path) -> str:
    """Check the bundle by `tongtu verify`; the platform has ended."""
    bundle, root = folder / "contract.zip", folder / "root.der"
    bundle.write_bytes(who.kept["bundle"])
    root.write_bytes(who.kept["root"])
    log_key, witnesses = who.kept["keys"]
    words = [sys.executable, "-m", "tongtu", "verify", str(bundle), "--root", str(root)]
    words += ["--key", log_key, *(f"--witness={one}" for one in witnesses)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    who.failed |= said.returncode != 0
    return "; ".join(said.stdout.splitlines()[1:4]) if not who.failed else said.stdout + said.stderr


STEPS: list[tuple[str, Callable[[Traveller], str]]] = [
    ("passkey (virtual authenticator, Chromium)", passkey),
    ("consents to share", share),
    ("application decided", apply),
    ("offer taken", accept),
    ("cost table read and confirmed", read_costs),
    ("clauses acknowledged, each by itself", acknowledge),
    ("contract printed and signed", sign),
    ("bundle with its proofs", fetch_bundle),
]
