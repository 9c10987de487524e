"""A new country is a folder: a small fictional pack decides offers through the engine as it is."""

from datetime import date

import pytest

from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.origination.flow.assembly import Sources, restore_engine
from tongtu.policy.api import pack_root

from .conftest import POINTS_TABLE

DAY = date(2026, 11, 24)
HEAD = """
id = "ruritania/2026.01"
jurisdiction = "ruritania"
title_zh = "卢里塔尼亚"
title_en = "Ruritania"
effective_from = 2026-01-01
languages = ["zh", "en"]
currency = "CNY"
"""
PARAMS = """name,key,value,effective_from,effective_to,label,source
all_in_cap_ppm,*,{cap},2026-01-01,,T,a law of 1894
party_limit_minor,*,20000000,2026-01-01,,T,the same
tenor_max_months,*,36,2026-01-01,,T,the same
dsr_max_ppm,*,900000,2026-01-01,,T,the same
"""
# No consents, no white list, no purposes: Ruritania asks three things only.
RULES = """
[facts]
irr12_ppm = "int"
tenor_months = "int"
dsr_ppm = "int"

[[rule]]
id = "CAP"
title_zh = "上限"
title_en = "The king's cap"
severity = "block"
points = ["offer.build"]
test = "irr12_ppm <= param('all_in_cap_ppm')"
reason = "cost_above_cap"
source = { label = "T", doc_no = "the law of 1894", date = 1894-01-01, article = "1", url = "" }

[[rule]]
id = "TERM"
title_zh = "期限"
title_en = "Three harvests"
severity = "block"
points = ["application.accept"]
test = "tenor_months <= param('tenor_max_months')"
reason = "tenor_too_long"
source = { label = "T", doc_no = "the law of 1894", date = 1894-01-01, article = "2", url = "" }

[[rule]]
id = "DEBT"
title_zh = "负债"
title_en = "No debtor's prison"
severity = "block"
severity_unknown = "hold"
points = ["decision.final"]
test = "dsr_ppm <= param('dsr_max_ppm')"
reason = "debt_service_too_high"
source = { label = "T", doc_no = "the law of 1894", date = 1894-01-01, article = "3", url = "" }
"""
EXAMPLES = """
[[example]]
rule = "CAP"
at = 2026-11-24
expect = "pass"
facts = {{ irr12_ppm = {cap} }}

[[example]]
rule = "CAP"
at = 2026-11-24
expect = "fail"
facts = {{ irr12_ppm = {above} }}

[[example]]
rule = "TERM"
at = 2026-11-24
expect = "pass"
facts = {{ tenor_months = 36 }}

[[example]]
rule = "TERM"
at = 2026-11-24
expect = "fail"
facts = {{ tenor_months = 37 }}

[[example]]
rule = "DEBT"
at = 2026-11-24
expect = "pass"
facts = {{ dsr_ppm = 900000 }}

[[example]]
rule = "DEBT"
at = 2026-11-24
expect = "fail"
facts = {{ dsr_ppm = 900001 }}
"""
FEE = """
[[fee]]
kind = "interest"
payer = "borrower"
payee = "lender"
in_apr = true
contingent = false
zh = "利息"
en = "Interest"
how_zh = "每月"
how_en = "Monthly"
"""
CONSENT = """
version = "1894"

[[consent]]
scope = "nothing"
per_recipient = false
required = false
title_zh = "无"
title_en = "None"
zh = "无"
en = "None"
"""
METHOD = """
apr = "irr_monthly_x12"
also_show = []
day_count = "30/360"
rounding = "half_up"
decimals = 2
zh = { basis = "甲" }
en = { basis = "by the moon" }
"""
HOURS = "[contact]\nfrom = 10:00:00\nto = 11:00:00\n"


@pytest.fixture
def ruritania(tmp_path):
    """Write the folder, with the words people are told taken from another country's."""

    def make(cap=120_000):
        folder = tmp_path / "pack"
        (folder / "examples").mkdir(parents=True, exist_ok=True)
        for name, text in {
            "pack.toml": HEAD,
            "params.csv": PARAMS.format(cap=cap),
            "rules.toml": RULES,
            "fees.toml": FEE,
            "consents.toml": CONSENT,
            "method.toml": METHOD,
            "hours.toml": HOURS,
            "examples/all.toml": EXAMPLES.format(cap=cap, above=cap + 1),
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
        words = (pack_root() / "cn" / "2026.08" / "reasons.toml").read_text(encoding="utf-8")
        plain = [line for line in words.splitlines() if not line.startswith("detail_")]
        (folder / "reasons.toml").write_text("\n".join(plain), encoding="utf-8")
        shipped = shipped_sources(POINTS_TABLE)
        return load_engine(Sources(folder, shipped.rules, shipped.scorecard), PublicIds(b"k" * 32))

    return make


def test_a_folder_of_another_country_decides_by_its_own_cap(ruritania, engine, case, ample):
    made = ruritania()
    # Somebody who agreed to nothing: in China no data moves and nobody is decided on.
    nobody = case(known={"consent_mask": 0})

    (here,) = engine.decide([nobody], dict(ample), DAY)
    (there,) = made.decide([nobody], dict(ample), DAY)
    (everything,) = engine.decide([case()], dict(ample), DAY)

    assert (here.outcome, here.reasons) == ("declined", ("consent_missing",))
    assert there.outcome == "offers"
    costs = [offer.irr12_ppm for offer in everything.offers]
    assert [offer.irr12_ppm for offer in there.offers] == [one for one in costs if one <= 120_000]
    assert 0 < len(there.offers) < len(costs)
    dear = {one.lender for one in there.not_offered if one.reason == "cost_above_cap"}
    assert dear == {offer.lender for offer in everything.offers if offer.irr12_ppm > 120_000}


def test_its_terms_are_its_own(ruritania, case, ample):
    made = ruritania()

    long, short = made.decide(
        [case(1, tenor_months=42), case(2, tenor_months=36)], dict(ample), DAY
    )

    assert (long.outcome, long.reasons) == ("declined", ("tenor_too_long",))
    assert short.outcome == "offers"


def test_a_cap_nobody_can_meet_leaves_a_true_reason(ruritania, case, ample):
    (found,) = ruritania(cap=1_000).decide([case()], dict(ample), DAY)

    assert found.outcome == "declined"
    assert "cost_above_cap" in found.reasons
    assert found.offers == ()


def test_its_decisions_are_made_again_from_the_files_kept_with_them(ruritania, case, ample):
    made = ruritania()
    (first,) = made.decide([case()], dict(ample), DAY)

    again = restore_engine(made.version.sources, PublicIds(b"k" * 32))

    assert again.version.hash == made.version.hash
    assert again.decide([case()], dict(ample), DAY) == [first]
