"""A lender's overlay may only tighten its base; what would loosen is refused by name."""

from datetime import date

import pytest

from tongtu.policy.api import BadPack, Loosens, Pack, read_overlay

TODAY = date(2026, 11, 24)
HEAD = """
id = "yunxiu"
base = "cn/2026.08"
languages = ["zh", "en"]
effective_from = 2026-11-01
"""
PARAMS = "name,key,value,effective_from,effective_to,label,source\n"
OFFER = {
    "irr12_ppm": 190_000,
    "lender_kind": "bank",
    "fee_payees": (),
    "listed_from": date(2025, 10, 1),
    "listed_to": date(9999, 12, 31),
    "amount_minor": 1_000_000,
    "exposure_minor": 0,
    "tenor_months": 12,
}


@pytest.fixture(scope="module")
def base():
    return Pack.load("cn/2026.08")


@pytest.fixture
def overlay(tmp_path):
    def make(head="", **files):
        (tmp_path / "overlay.toml").write_text(HEAD + head, encoding="utf-8")
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_csv", ".csv").replace(
                "_toml", ".toml"
            )
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return read_overlay(tmp_path)

    return make


def rules_of(pack, **changes):
    return [one.rule for one in pack.evaluate("offer.build", OFFER | changes, TODAY)]


def test_a_lower_cap_of_a_lender_holds_from_its_day_and_leaves_the_base_alone(base, overlay):
    own = base.tightened(
        overlay(params_csv=PARAMS + "all_in_cap_ppm,bank,180000,2026-11-01,,P,own\n")
    )

    assert rules_of(own) == ["PRICE-01"]
    assert rules_of(own, irr12_ppm=180_000) == []
    assert rules_of(own, lender_kind="trust") == []
    assert rules_of(base) == []
    assert own.param("all_in_cap_ppm", date(2026, 10, 31), kind="bank") == 240_000
    assert (own.id, base.id) == ("cn/2026.08+yunxiu", "cn/2026.08")
    assert len({own.hash, base.hash}) == 2


def test_a_set_of_what_is_allowed_may_shrink_and_of_what_is_banned_may_grow(base, overlay):
    head = '[sets.purpose_allowed]\nremove = ["travel"]\n[sets.purpose_banned]\nadd = ["wedding"]\n'
    own = base.tightened(overlay(head))

    assert "travel" in base.members("purpose_allowed", TODAY)
    assert "travel" not in own.members("purpose_allowed", TODAY)
    assert "travel" in own.members("purpose_allowed", date(2026, 10, 31))
    assert "wedding" in own.members("purpose_banned", TODAY)


def test_a_finding_may_become_graver_and_a_rule_may_be_added(base, overlay):
    rule = """
[[rule]]
id = "OWN-01"
title_zh = "本机构最低金额"
title_en = "Our least amount"
severity = "block"
points = ["offer.build"]
test = "1000000 <= amount_minor"
reason = "own_least"
source = { label = "P", doc_no = "", date = 2026-11-01, article = "", url = "" }
"""
    examples = "".join(
        f'[[example]]\nrule = "OWN-01"\nat = 2026-11-24\nexpect = "{expect}"\n'
        f"facts = {{ amount_minor = {amount} }}\n"
        for expect, amount in (("pass", 1_000_000), ("fail", 999_999))
    )
    own = base.tightened(
        overlay(
            '[severity]\n"LIMIT-04.review" = "block"\n',
            rules_toml=rule,
            reasons_toml='[own_least]\nzh = "金额过小"\nen = "Too small"\nactionable = true\n',
            examples__own_toml=examples,
        )
    )

    assert rules_of(own, amount_minor=999_999) == ["OWN-01"]
    found = own.evaluate("decision.final", {"dsr_ppm": 600_000, "outcome": "offers"}, TODAY)
    assert [(one.rule, one.severity.value) for one in found] == [("LIMIT-04.review", "block")]


RULE = """
[[rule]]
id = "{id}"
title_zh = "甲"
title_en = "A"
severity = "block"
points = ["{point}"]
test = "{test}"
reason = "withdrawal_over"
source = {{ label = "P", doc_no = "", date = 2026-11-01, article = "", url = "" }}
"""


@pytest.mark.parametrize(
    ("head", "files", "said"),
    [
        ("", {"params_csv": "all_in_cap_ppm,*,250000,2026-11-01,,P,\n"}, "all_in_cap_ppm"),
        (
            "",
            {"params_csv": "all_in_cap_ppm,bank,240001,2026-11-01,,P,\n"},
            "from 240000 to 240001",
        ),
        ("", {"params_csv": "reading_min_seconds,*,9,2026-11-01,,P,\n"}, "reading_min_seconds"),
        ("", {"params_csv": "reading_min_seconds,*,20,2026-07-01,,P,\n"}, "no value in the base"),
        (
            "",
            {"params_csv": "party_limit_minor,large_bank,30000001,2026-11-01,,P,\n"},
            "large_bank",
        ),
        ("", {"params_csv": "adult_years,*,21,2026-11-01,,P,\n"}, "no one way"),
        ("", {"params_csv": "withdrawal_days,*,-1,2026-11-01,,P,\n"}, "withdrawal_days"),
        ('[severity]\n"PRICE-01" = "warn"\n', {}, "PRICE-01 falls from block to warn"),
        ('[severity]\n"PRICE-99" = "block"\n', {}, "no rule PRICE-99"),
        ('[sets.purpose_allowed]\nadd = ["stocks"]\n', {}, "adds to purpose_allowed"),
        ('[sets.purpose_banned]\nremove = ["stocks"]\n', {}, "takes from purpose_banned"),
        ('[sets.fee_payee]\nadd = ["platform"]\n', {}, "adds to fee_payee"),
        (
            "",
            {
                "rules_toml": RULE.format(
                    id="PRICE-01", point="offer.build", test="irr12_ppm < 999999"
                )
            },
            "replaces the rule PRICE-01",
        ),
        (
            "",
            {
                "rules_toml": RULE.format(
                    id="OWN-2", point="contract.withdraw", test="days_since_signing < 0"
                )
            },
            "narrows a right",
        ),
        (
            "",
            {"reasons_toml": '[cost_above_cap]\nzh = "甲"\nen = "A"\nactionable = false\n'},
            "rewords",
        ),
    ],
)
def test_an_overlay_that_loosens_is_refused_by_name(base, overlay, head, files, said):
    if "params_csv" in files:
        files = {"params_csv": PARAMS + files["params_csv"]}

    with pytest.raises(Loosens, match=said):
        base.tightened(overlay(head, **files))
    assert rules_of(base) == []


def test_an_overlay_of_another_release_is_refused(base, overlay, tmp_path):
    made = overlay()
    text = (tmp_path / "overlay.toml").read_text().replace("cn/2026.08", "cn/2025.01")
    (tmp_path / "overlay.toml").write_text(text)

    assert made.base == "cn/2026.08"
    with pytest.raises(Loosens, match=r"made for cn/2025\.01"):
        base.tightened(read_overlay(tmp_path))


def test_an_overlay_with_a_rule_it_does_not_prove_is_refused(base, overlay):
    made = overlay(rules_toml=RULE.format(id="OWN-3", point="accrue", test="overdue_rate_ppm < 1"))

    with pytest.raises(BadPack, match="OWN-3: no example"):
        base.tightened(made)


def test_a_stricter_value_for_some_days_only_leaves_the_other_days(base, overlay):
    row = "party_limit_minor,*,10000000,2026-11-10,2026-11-20,P,\n"
    own = base.tightened(overlay(params_csv=PARAMS + row))

    days = [date(2026, 11, day) for day in (9, 10, 20, 21)]
    assert [own.param("party_limit_minor", day) for day in days] == [
        20_000_000, 10_000_000, 10_000_000, 20_000_000,
    ]  # fmt: skip
