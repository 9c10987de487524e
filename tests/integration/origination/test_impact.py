"""Before a release is published: stored decisions are made again under it, and nothing changes."""

import json
import shutil
from dataclasses import replace

import pytest

from tongtu.channels.cli.pack import impact_told
from tongtu.origination.api import impact
from tongtu.policy.api import BadPack, difference, pack_root
from tongtu.policy.api import Pack as PolicyPack

CAP = "all_in_cap_ppm,*,240000,2025-10-01,,S"


@pytest.fixture
def release(tmp_path):
    """Write a new release of the pack: a lower cap, with the examples that prove it."""

    def make(cap):
        folder = shutil.copytree(pack_root() / "cn" / "2026.08", tmp_path / f"cap-{cap}")
        params = folder / "params.csv"
        text = params.read_text(encoding="utf-8")
        assert CAP in text
        params.write_text(text.replace(CAP, CAP.replace("240000", str(cap))), encoding="utf-8")
        examples = folder / "examples" / "price.toml"
        told = examples.read_text(encoding="utf-8")
        # What passed at 24 % of PRICE-01 passes at the new cap.
        told = told.replace("irr12_ppm = 225287, lender", f"irr12_ppm = {cap}, lender")
        told = told.replace("irr12_ppm = 240000, lender", f"irr12_ppm = {cap}, lender")
        examples.write_text(told, encoding="utf-8")
        return folder

    return make


def test_a_lower_cap_tells_which_lenders_lose_how_many_offers_and_writes_nothing(
    house, run, release
):
    house.apply(house.borrower())
    house.apply(house.borrower(shard=9), amount_minor=200_000, tenor_months=12, device="device-2")
    house.apply(house.borrower(consents=0, shard=11), device="device-3")
    whole = json.loads(house.apply(house.borrower(shard=13), device="device-4").body)["offers"]
    before = house.counts(), house.reserved()

    same = run(impact(house.runtime, pack_root() / "cn" / "2026.08"))
    lower = run(impact(house.runtime, release(120_000)))

    assert (same.decisions, same.same, same.not_made_again) == (4, 4, 0)
    assert (sum(same.lost.values()), sum(same.gained.values())) == (0, 0)
    dear = {offer["lender"]["id"] for offer in whole if float(offer["irr12_percent"]) > 12}
    told = impact_told(lower)
    assert {name for name, row in told["lenders"].items() if row["lost"]} >= dear
    assert dear
    assert all(
        set(row["why_lost"]) <= {"cost_above_cap"} and row["gained"] == 0
        for row in told["lenders"].values()
    )
    assert told["outcomes"]["declined -> declined"] == 1
    # One lost offer is enough to be answered otherwise; the cap alone stands against it.
    assert told["by_rule"] == {"PRICE-01": lower.decisions - lower.same}
    assert len(lower.changed) == lower.decisions - lower.same > 0
    assert {one.rules for one in lower.changed} == {("PRICE-01",)}
    applications = {row[0] for row in house.rows("select id from origination.application")}
    assert {one.application for one in lower.changed} <= applications
    assert (same.changed, dict(same.by_rule)) == ([], {})
    assert (house.counts(), house.reserved()) == before


def test_only_the_newest_are_made_again_when_so_asked(house, run):
    for shard in (7, 9, 11):
        house.apply(house.borrower(shard=shard))

    found = run(impact(house.runtime, pack_root() / "cn" / "2026.08", 2))

    assert found.decisions == 2


def test_a_pack_that_does_not_prove_itself_makes_no_decision_again(house, run, tmp_path):
    house.apply(house.borrower())
    folder = shutil.copytree(pack_root() / "cn" / "2026.08", tmp_path / "broken")
    (folder / "params.csv").write_text("name,key,value,effective_from,effective_to,label,source\n")

    with pytest.raises(BadPack):
        run(impact(house.runtime, folder))


def test_a_release_tells_what_it_says_otherwise(release):
    old = PolicyPack.load("cn/2026.08").content
    new = PolicyPack.load(release(120_000)).content

    (change,) = difference(old, new)

    assert (change.kind, change.name, change.word) == ("parameter", "all_in_cap_ppm (*)", "changed")
    assert (change.before[:6], change.after[:6]) == ("240000", "120000")
    fewer = replace(old, rules=old.rules[1:], fees=old.fees[:-1])
    assert [(one.kind, one.name, one.word) for one in difference(old, fewer)] == [
        ("rule", "ELIG-01", "removed"),
        ("fee", "penalty_interest>lender", "removed"),
    ]
    assert [one.word for one in difference(fewer, old)] == ["added", "added"]
    assert difference(old, old) == ()
