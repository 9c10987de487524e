"""Personal data lives sealed in identity.vault and nowhere else: every other table is searched."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tongtu.origination.api import replay

from .conftest import CANARY

SOURCE = Path(__file__).parents[2] / "src"
FORMS = {
    f"{kind} as {form}": text
    for kind, plain in CANARY.items()
    for form, text in {
        "text": plain,
        "hex": plain.encode().hex(),
        "utf-16 hex": plain.encode("utf-16-le").hex(),
        "base64": base64.b64encode(plain.encode()).decode().rstrip("=")[:-1],
        "escapes": plain.encode("unicode_escape").decode(),
    }.items()
}


def _tables_with(world, text):
    return sorted(
        name
        for name in world.tables()
        if world.fetch(f"select 1 from {name} t where t::text ilike $1 limit 1", f"%{text}%")
    )


def test_the_search_finds_what_it_looks_for(world):
    """A search that cannot find anything would prove nothing: it must see sealed rows' hex."""
    [row] = world.fetch("select encode(sealed, 'hex') as hex from identity.vault limit 1")

    assert _tables_with(world, row["hex"]) == ["identity.vault"]
    assert _tables_with(world, "signed") != []


@pytest.mark.parametrize("form", FORMS)
def test_no_table_holds_the_canary_in_plain(world, form):
    assert _tables_with(world, FORMS[form]) == []


def test_the_vault_knows_the_canary_and_the_person_can_see_it_masked(world):
    me = world.ask("GET", "/v1/me", world.a.token)

    assert (me["name_masked"], me["phone_masked"]) == ("金**", "144****0001")


def test_the_decision_record_unpacked_holds_no_canary(world):
    runtime, lane = world.parts.runtime, world.parts.decisions
    decision = runtime.public.read("decision", world.a.decision)

    again = world.run(replay(runtime, lane, decision))

    assert again.is_same
    assert [text for text in FORMS.values() if text in str(again.record)] == []


def test_the_paper_alone_shows_who_signs(world):
    """The agreement must name its borrower; it is kept sealed and given to its owner only."""
    document = world.send(
        "GET", f"/v1/agreements/{world.a.agreement}/document", token=world.a.token
    )

    assert document.content[:5] == b"%PDF-"
    assert document.headers["content-type"] == "application/pdf"
    pdf = b"%PDF-".hex()
    assert world.fetch("select 1 from contracts.document where kind = 'signed'") != []
    assert (
        world.fetch(
            "select 1 from contracts.document where position($1 in encode(sealed, 'hex')) > 0", pdf
        )
        == []
    )


def test_logs_and_metrics_mask_the_canary():
    program = f"""
import sys
from tongtu.runtime.api import configure_logs, get_logger, metrics_text
configure_logs("debug")
log = get_logger("canary")
log.info("said", phone="{CANARY["phone"]}", name="{CANARY["name"]}", resident_id="x")
log.warning("the id {CANARY["resident_id"]} and +86{CANARY["phone"]} in a sentence")
try:
    raise ValueError("{CANARY["resident_id"]}")
except ValueError:
    log.exception("failed", detail={{"name": "{CANARY["name"]}", "phones": ["{CANARY["phone"]}"]}})
sys.stdout.buffer.write(metrics_text())
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"},
    )

    assert ran.returncode == 0, ran.stderr

    assert ran.stderr.count("[redacted]") >= 6
    assert [text for text in CANARY.values() if text in ran.stderr + ran.stdout] == []
