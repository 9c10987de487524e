"""Which column of an unknown book tells what: by name, by values, and by the arithmetic itself.

The four figures of a level loan prove each other: the columns that recompute most instalments of a
sample are the right ones, whatever they are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.checkup.model import BadMapping, Columns, Floats, Money, RateUnit, Role

# Rows that are looked at; more prove no more.
SAMPLE = 2_000
_FIRST_ROWS = 200
# Candidates of each role that are tried together.
_TRIED = 12
# A share of the sample that recomputes and is no chance.
PROVED = 0.5
_NAMED: Mapping[Role, str] = {
    Role.LOAN: "loan_?id|loan_?no|contract_?(id|no)|id|借据号?|合同(编)?号|贷款编号",
    Role.PRINCIPAL: "loan_amount|loan_amnt|funded_amnt|principal|amount"
    "|本金|贷款(本金|金额)|放款金额|借款金额",
    Role.RATE: "interest_rate|int_rate|rate|annual_rate|apr|年?利率|执行利率|合同利率|年化利率",
    Role.MONTHS: "term|tenor|tenor_months|months|term_months|期数|期限|贷款期限|分期数",
    Role.INSTALMENT: "installment|instalment|monthly_payment|emi"
    "|月供|每期(还款|应还)(金?额)?|月还款额",
    Role.START: "issue_month|issue_d|issue_date|start(_date)?|disbursed_on|funded_on|opened_on"
    "|放款日期?|起息日|发放日期?",
    Role.FEE_MONTHLY: "monthly_fee|fee_monthly|guarantee_fee|月(担保|服务)费|每期(担保|服务)费",
    Role.FEE_UPFRONT: "origination_fee|upfront_fee|fee_upfront|砍头息|一次性(手续|服务)费|前期费用",
    Role.SCORE: "sub_grade|grade|score|rating|评分|评级|风险等级|信用评分",
    Role.OUTCOME: "loan_status|status|outcome|default|is_bad|bad|y|target|label"
    "|贷款状态|是否违约|五级分类",
    Role.STATE: "state|addr_state",
    Role.LENDER_KIND: "lender_kind|机构类型",
}
_NAMES = {role: re.compile(f"(?i)^({words})$") for role, words in _NAMED.items()}
_BAD = re.compile(
    r"(?i)charged?[ _-]?off|written?[ _-]?off|default|non.?performing|bad|loss|substandard"
    r"|doubtful|late \((1[6-9]|[2-9]\d|\d{3})|逾期|坏账|核销|代偿|次级|可疑|损失|违约"
)
_NOT_BAD = re.compile(r"(?i)^(not|no|non).?(bad|default)|未逾期|未违约|正常|当前无")
# Known only after the money was paid out, so no model of an application may read it.
_AFTER = re.compile(
    r"(?i)^(paid|total_pymnt|total_rec|out_prncp|balance$|outstanding|recover|collection_recovery"
    r"|last_pymnt|next_pymnt|last_fico|late_fee|days_past_due|dpd|settlement|hardship|charge_?off"
    r"|debt_settlement)|已还|未还|余额|逾期|剩余|结清"
)
_PRICE = re.compile(r"(?i)grade|rating|listing_status|score$|评级|评分|利率")
_PROTECTED = re.compile(
    r"(?i)^(sex|gender|age|race|ethnic\w*|religion|marital\w*|nationality)$"
    r"|^(性别|年龄|民族|婚姻)"
)


@dataclass(frozen=True, slots=True)
class Look:
    """One column of a book's sample: its numbers (NaN: none) and its words."""

    name: str
    numbers: Floats
    words: Sequence[str]

    @property
    def known(self) -> Floats:
        """The numbers that are there."""
        return self.numbers[~np.isnan(self.numbers)]


@dataclass(frozen=True, slots=True)
class Proof:
    """Four columns and two units by which a share of a sample recomputes."""

    four: tuple[Look, Look, Look, Look]
    rate: RateUnit
    money: Money
    share: float


def guess(looks: Sequence[Look]) -> Columns:
    """Return the mapping that explains a book best, with the evidence of each column.

    Raises:
        BadMapping: principal, rate, months and instalment are not all found.
    """
    columns: dict[Role, str] = {}
    evidence: dict[Role, str] = {}
    for role in Role:
        if named := [one for one in looks if _NAMES[role].search(one.name.strip())]:
            columns[role] = _finest(named, role).name
            evidence[role] = "by its name"
    money, rate = Money.MAJOR, RateUnit.PERCENT
    proof = prove(looks)
    if proof is not None and proof.share >= PROVED:
        said = f"recomputes {100 * proof.share:.2f} % of {len(looks[0].numbers)} rows to the cent"
        for role, look in zip(_FOUR, proof.four, strict=True):
            columns[role], evidence[role] = look.name, said
        money, rate = proof.money, proof.rate
    elif Role.RATE in columns:
        median = float(
            np.median(next(one for one in looks if one.name == columns[Role.RATE]).known)
        )
        rate = RateUnit.FRACTION if median < 1 else RateUnit.PERCENT
        rate = RateUnit.BPS if median > 100 else rate
    if missing := [role for role in _FOUR if role not in columns]:
        raise BadMapping(
            f"no column was found for {', '.join(missing)}: write a mapping file with [columns]"
            f' {missing[0]} = "its name" and give it by --mapping'
        )
    bad = _bad_words(looks, columns, evidence)
    taken = set(columns.values())
    return Columns(
        columns, money, rate, bad, _is_higher_riskier(looks, columns), {},
        _left_out(looks, columns, taken), evidence,
    )  # fmt: skip


_FOUR = (Role.PRINCIPAL, Role.RATE, Role.MONTHS, Role.INSTALMENT)


def prove(looks: Sequence[Look]) -> Proof | None:
    """Return the four columns by which most of the sample recomputes; None if none does."""
    best: Proof | None = None
    numeric = [one for one in looks if len(one.known) > 0.9 * len(one.numbers)]
    months = _ranked(numeric, Role.MONTHS, _are_months)
    rates = _ranked(numeric, Role.RATE, _are_rates)
    sums = _ranked(numeric, Role.PRINCIPAL, _are_money)
    instalments = _ranked(numeric, Role.INSTALMENT, _are_money)
    for month in months:
        for rate in rates:
            for unit, per_one in _UNITS.items():
                for principal in sums:
                    level = _levels((principal, rate, month), per_one, _FIRST_ROWS)
                    for instalment in instalments:
                        four = (principal, rate, month, instalment)
                        found = _weigh(four, unit, level)
                        if found.share > (best.share if best else 0.02):
                            best = found
    if best is None:
        return None
    level = _levels(best.four[:3], _UNITS[best.rate], SAMPLE)
    return _weigh(best.four, best.rate, level)


_UNITS = {RateUnit.PERCENT: 100.0, RateUnit.FRACTION: 1.0, RateUnit.BPS: 10_000.0}


def _levels(three: tuple[Look, Look, Look], per_one: float, rows: int) -> Floats:
    principal, rate, months = (one.numbers[:rows] for one in three)
    with np.errstate(all="ignore"):
        monthly = rate / per_one / 12
        found: Floats = principal * monthly / -np.expm1(-months * np.log1p(monthly))
    return found


def _weigh(four: tuple[Look, Look, Look, Look], rate: RateUnit, level: Floats) -> Proof:
    gap = np.abs(four[3].numbers[: len(level)] - level)
    with np.errstate(invalid="ignore"):  # no number is no match
        major, minor = float((gap <= 0.0101).mean()), float((gap <= 1.01).mean())
    figures = four[3].known
    # Whole figures that only match within one unit are written in the least unit.
    is_minor = minor > 2 * major and bool((figures == np.rint(figures)).all()) and minor > PROVED
    return Proof(four, rate, Money.MINOR if is_minor else Money.MAJOR, minor if is_minor else major)


def _ranked(looks: Sequence[Look], role: Role, fits: object) -> list[Look]:
    assert callable(fits)
    kept = [one for one in looks if fits(one.known)]
    kept.sort(key=lambda one: not _NAMES[role].search(one.name.strip()))
    return kept[:_TRIED]


def _are_months(known: Floats) -> bool:
    return bool(((known == np.rint(known)) & (known >= 1) & (known <= 360)).all()) and (
        len(np.unique(known)) <= 120
    )


def _are_rates(known: Floats) -> bool:
    return bool(((known >= 0) & (known <= 10_000)).all()) and bool((known > 0).mean() > 0.5)


def _are_money(known: Floats) -> bool:
    return bool((known >= 0).all()) and len(np.unique(known)) > 3 and float(np.median(known)) >= 5


def _finest(named: Sequence[Look], role: Role) -> Look:
    """Of several columns of one role take the finest: sub-grades before grades."""
    if role is not Role.SCORE:
        return named[0]
    return max(named, key=lambda one: len(set(one.words)))


def _bad_words(
    looks: Sequence[Look], columns: dict[Role, str], evidence: dict[Role, str]
) -> tuple[str, ...]:
    name = columns.get(Role.OUTCOME)
    if name is None:
        return ()
    look = next(one for one in looks if one.name == name)
    words = sorted({word for word in look.words if word})
    if set(words) <= {"0", "1", "0.0", "1.0", "true", "false"}:
        bad = [word for word in words if word in {"1", "1.0", "true"}]
    else:
        bad = [word for word in words if _BAD.search(word) and not _NOT_BAD.search(word)]
    evidence[Role.OUTCOME] = f"by its name; bad: {', '.join(bad) or 'none seen'}"
    return tuple(bad)


def _is_higher_riskier(looks: Sequence[Look], columns: Mapping[Role, str]) -> bool:
    """Grades rise with risk (A is safest); numbers are points, which fall with it."""
    name = columns.get(Role.SCORE)
    if name is None:
        return True
    look = next(one for one in looks if one.name == name)
    return len(look.known) < 0.9 * len(look.numbers)


def _left_out(
    looks: Sequence[Look], columns: Mapping[Role, str], taken: set[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for role, name in columns.items():
        if role in {Role.LOAN, Role.RATE, Role.INSTALMENT, Role.SCORE, Role.OUTCOME, Role.START}:
            found[name] = f"{role}: a price, a name or what is asked"
    for look in looks:
        if look.name in found:
            continue
        if _PROTECTED.search(look.name):
            found[look.name] = "protected: never a feature"
        elif look.name not in taken and _AFTER.search(look.name):
            found[look.name] = "known only after the money was paid out"
        elif look.name not in taken and _PRICE.search(look.name):
            found[look.name] = "their own judgement or price"
    return found
