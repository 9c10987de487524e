"""The sections of the page: each finding with its figures and its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from tongtu.checkup.page.arithmetic import level, of_unequal
from tongtu.checkup.page.parts import badge, figures, heading, histogram, table
from tongtu.checkup.page.words import (
    CAUSES,
    CELLS,
    LABELS,
    ROUNDINGS,
    money,
    pair,
    percent,
    say,
)

Summary = Mapping[str, Any]
# Rows of a table on the page; the JSON has all that are named.
ROWS_SHOWN = 50


def all_of(summary: Summary) -> Iterator[str]:
    """Yield every section in the order of reading."""
    yield _overview(summary)
    yield _instalments(summary["instalments"])
    yield _costs(summary)
    yield _law(summary["law"])
    yield _score(summary["score"])
    yield _money(summary)
    yield _mapping(summary)


def _p(text: str) -> str:
    return f"<p>{text}</p>"


def _overview(summary: Summary) -> str:
    book, found = summary["book"], summary["instalments"]
    now = summary["law"]["as_if_granted_now"]["asked"]
    above = sum(one["broken"] for one in now if one["caps_ppm"])
    days = f"{book['first_day']} – {book['last_day']}" if book["first_day"] else "–"
    return heading("一眼看清", "At a glance") + figures(
        [
            (say("贷款", "Loans"), f"{book['loans']:,}"),
            (say("本金合计", "Principal"), f"{money(book['principal_minor'])} {book['currency']}"),
            (say("放款日", "Paid out"), escape(days)),
            (say("月供算不平", "Instalments that do not recompute"), f"{found['unequal']:,}"),
            (say("今天放会超上限", "Above a cap if granted today"), f"{above:,}"),
            (say("读不了的行", "Lines that cannot be read"), f"{summary['unread']['lines']:,}"),
        ]
    )


def _instalments(found: Summary) -> str:
    named, example = found["named"], found["example"]
    zh, en = ROUNDINGS[found["rounding"]]
    text = heading("每一笔月供重算", "Every instalment, computed again")
    text += _p(
        say(
            f"按“{zh}”，{found['equal']:,} 笔与账上一分不差，{found['unequal']:,} 笔不符。"
            f"与我们的四舍五入相比，{found['more_than_ours']:,} 笔账上多，"
            f"{found['less_than_ours']:,} 笔账上少。",
            f"Rounded {en}, {found['equal']:,} loans come out to the cent and {found['unequal']:,}"
            f" do not. Beside our half-up rounding {found['more_than_ours']:,} loans pay more a"
            f" month and {found['less_than_ours']:,} less.",
        )
    )
    if example is not None:
        sums = level(
            example["principal_minor"], example["rate_ppm"], example["months"],
            example["theirs_minor"],
        )  # fmt: skip
        text += f'<p class="sum">{say("例：第", "for example line ")}{example["line"]}'
        text += f"{say(' 行', '')}: {sums}</p>"
    text += table(
        say("各种取整方式下相符的笔数", "Loans that come out, by rounding"),
        [say("取整", "rounding"), "=" + say("相符", "equal")],
        [[pair(ROUNDINGS[name]), f"={count:,}"] for name, count in found["equal_by"].items()],
    )
    if found["causes"]:
        text += table(
            say("不符的原因", "Why they do not"),
            [say("原因", "cause"), say("把握", "certainty"), "=" + say("笔", "loans")],
            [
                [pair(CAUSES[one["cause"]]), _sureness(one), f"={one['loans']:,}"]
                for one in found["causes"]
            ],
        )
        text += table(
            say(f"逐笔（先列 {ROWS_SHOWN} 笔）", f"One by one (the first {ROWS_SHOWN})"),
            [say("行", "line"), say("借据", "loan"), say("算式", "arithmetic")],
            [
                [str(one["line"]), escape(one["loan"]) or "–", of_unequal(one)]
                for one in named[:ROWS_SHOWN]
            ],
        )
    return text


def _sureness(one: Summary) -> str:
    if one["is_proved"]:
        return badge("ok", say("可算证", "proved"))
    return badge("warn", say("推测", "likely" if one["cause"] != "unknown" else "unknown"))


def _costs(summary: Summary) -> str:
    found = summary["costs"]
    law = summary["law"]["as_if_granted_now"]
    caps = sorted({cap for one in law["asked"] for cap in one["caps_ppm"]})
    bins = [(one["from_ppm"], one["loans"]) for one in found["histogram"]]
    text = heading("年化综合成本，两种口径", "All-in yearly cost, by both conventions")
    text += _p(
        say(
            f"单利＝月度内部收益率×12；复利＝(1＋月度内部收益率)^12−1，含全部费用。解出 "
            f"{found['solved']:,} 笔；{found['unsolved']:,} 笔还款少于到手本金，无正的成本。"
            f"两种口径最多相差 {percent(found['widest_gap_ppm'])}。",
            f"Simple is 12 × the monthly IRR; compound is (1 + the monthly IRR)^12 − 1; every fee "
            f"counts. Solved for {found['solved']:,} loans; {found['unsolved']:,} pay back less "
            f"than was received. The two differ by up to {percent(found['widest_gap_ppm'])}.",
        )
    )
    text += histogram(bins, caps)
    return text + table(
        say("分位数", "Quantiles"),
        ["=%", "=" + say("单利", "simple"), "=" + say("复利", "compound")],
        [
            [
                f"={one['percent']}",
                f"={percent(one['irr12_ppm'])}",
                f"={percent(one['compound_ppm'])}",
            ]
            for one in found["quantiles"]
        ],
    )


def _law(law: Summary) -> str:
    text = heading("有日期的上限", "The dated caps")
    text += f"<p><code>{escape(law['pack'])}</code> <code>{law['hash'][:12]}</code> "
    if law["is_illustrative"]:
        text += badge("warn", say("示例规则包", "an illustrative pack"))
    text += "</p>"
    text += _laid(law["on_their_days"], ("按各自放款日", "On each loan's own day"))
    view = law["as_if_granted_now"]
    title = (f"假如都在 {law['as_of']} 放款", f"As if all were granted on {law['as_of']}")
    text += _laid(view, title)
    if view["unasked"]:
        text += table(
            say("账上没有、因此没问的规则", "Rules the book cannot answer"),
            [say("规则", "rule"), say("缺的事实", "facts it lacks")],
            [[escape(one["rule"]), escape(one["lacks"])] for one in view["unasked"]],
        )
    return text


def _laid(view: Summary, title: tuple[str, str]) -> str:
    text = f"<h3>{pair(title)}</h3>"
    if view["not_in_force"]:
        text += _p(
            say(
                f"{view['not_in_force']:,} 笔没有日期，或那天规则包未生效，未判。",
                f"{view['not_in_force']:,} loans have no day, or one on which the pack was not in"
                " force: they are not judged.",
            )
        )
    if not view["asked"]:
        return text
    text += table(
        say("问过的规则", "Rules that were asked"),
        [
            say("规则", "rule"), say("依据", "source"), say("上限", "caps"),
            "=" + say("违反", "broken"), "=" + say("仅另一口径超", "by the other convention alone"),
            "=" + say("超出金额", "above the cap"),
        ],
        [_rule(one) for one in view["asked"]],
    )  # fmt: skip
    named = [(one, above) for one in view["asked"] for above in one["named"]][:ROWS_SHOWN]
    if not named:
        return text
    return text + table(
        say(f"逐笔（先列 {ROWS_SHOWN} 笔）", f"One by one (the first {ROWS_SHOWN})"),
        [say("行", "line"), say("规则", "rule"), "=" + say("年化成本", "yearly cost"),
         "=" + say("上限", "cap"), "=" + say("全期多付", "paid above it")],
        [
            [str(above["line"]), escape(one["rule"]), f"={percent(above['cost_ppm'])}",
             f"={percent(above['cap_ppm'])}", f"={money(above['excess_minor'])}"]
            for one, above in named
        ],
    )  # fmt: skip


def _rule(one: Summary) -> list[str]:
    title = one["title"]
    words = say(title.get("zh", title["en"]), title["en"])
    label = badge("ok" if one["label"] == "T" else "warn", pair(LABELS[one["label"]]))
    caps = ", ".join(percent(cap) for cap in one["caps_ppm"]) or "–"
    return [
        f"{escape(one['rule'])} {words}", f"{label} {escape(one['source'])}", caps,
        f"={one['broken']:,}", f"={one['by_other_convention']:,}", f"={money(one['excess_minor'])}",
    ]  # fmt: skip


def _score(found: Summary) -> str:
    text = heading("他们的评分与我们的模型", "Their score beside our model")
    ranking = found["compared"]
    if ranking is None:
        return text + f"<p>{say('没有比较：', 'Not compared: ')}{escape(found['why_not'])}</p>"
    bad = escape(", ".join(found["bad"]))
    text += _p(
        say(
            f"用较早放款的贷款学习，只在之后的 {ranking['loans']:,} 笔"
            f"（坏 {ranking['bad']:,} 笔）上比较；"
            "我们的模型不看他们的评级、利率和放款后的字段。坏账定义：",
            f"Learnt from the earlier loans, compared on the later {ranking['loans']:,} alone "
            f"({ranking['bad']:,} bad); our model reads neither their grade nor the rate nor "
            "anything known after pay-out. Bad means: ",
        )
        + bad
    )
    text += table(
        say("后期样本上的区分度", "On the later loans"),
        [say("谁", "whose"), "=AUC", "=" + say("95% 区间", "95 % interval"), "=KS"],
        [_rank(say("他们的评分", "theirs"), ranking["theirs"]),
         _rank(say("我们的模型", "ours"), ranking["ours"]),
         [say("相差", "difference"), f"={ranking['difference']:+.3f}",
          f"={ranking['difference_low']:+.3f} … {ranking['difference_high']:+.3f}", "="]],
    )  # fmt: skip
    text += table(
        say("各留最安全的 80%：互换集", "Each keeps its safest 80 %: the swap set"),
        [say("格", "cell"), "=" + say("笔", "loans"), "=" + say("坏", "bad"),
         "=" + say("坏账率", "bad rate"),
         "=" + say("本金", "principal"), "=" + say("其中坏", "of it bad")],
        [_cell(pair(CELLS[name]), cell) for name, cell in ranking["swap"].items()],
    )  # fmt: skip
    return text + table(
        say("模型没有用的列", "Columns no model learnt from"),
        [say("列", "column"), say("为什么", "why")],
        [[escape(one["column"]), escape(one["why"])] for one in found["left_out"]],
    )


def _rank(name: str, rank: Summary) -> list[str]:
    interval = f"={rank['auc_low']:.3f} … {rank['auc_high']:.3f}"
    return [name, f"={rank['auc']:.3f}", interval, f"={rank['ks']:.3f}"]


def _cell(name: str, cell: Summary) -> list[str]:
    share = f"={100 * cell['bad'] / cell['loans']:.2f} %" if cell["loans"] else "=–"
    return [
        name, f"={cell['loans']:,}", f"={cell['bad']:,}", share,
        f"={money(cell['principal_minor'])}", f"={money(cell['bad_principal_minor'])}",
    ]  # fmt: skip


_MONEY = {
    "rounding": (
        "取整差（差额×期数；末期按余额结清时会退回）",
        "rounding (cents × months; a last instalment by balance gives it back)",
    ),
    "borrowers_pay_more": (
        "月供高于合同（差额×期数）", "instalments above their terms (difference × months)"
    ),
    "borrowers_pay_less": (
        "月供低于合同（差额×期数）", "instalments below their terms (difference × months)"
    ),
    "swap": (
        "换用我们的评分：少留的坏账本金（负数为多留）",
        "by our score: bad principal kept less (below zero: more)",
    ),
}  # fmt: skip
_VIEWS = {
    "own_day": ("按各自放款日", "on their own days"),
    "as_if_now": ("假如今天放款", "as if granted today"),
}


def _money(summary: Summary) -> str:
    rows = []
    for one in summary["money"]:
        if one["what"] == "above_cap":
            zh, en = _VIEWS[one["view"]]
            name = say(f"{one['rule']} 上限以上（{zh}）", f"above the cap of {one['rule']} ({en})")
        else:
            name = pair(_MONEY[one["what"]])
        rows.append([name, f"={one['loans']:,}", f"={money(one['amount_minor'])}"])
    return heading("关系到多少钱", "The money at stake") + table(
        escape(summary["book"]["currency"]),
        [say("项目", "item"), "=" + say("笔", "loans"), "=" + say("金额", "amount")],
        rows,
    )


def _mapping(summary: Summary) -> str:
    text = heading("账本是怎样读的", "How the book was read") + table(
        say("列的含义与依据", "What each column was taken for, and why"),
        [say("含义", "role"), say("列", "column"), say("依据", "evidence")],
        [
            [escape(one["role"]), escape(one["column"]), escape(one["evidence"]) or "–"]
            for one in summary["mapping"]
        ],
    )
    unread = summary["unread"]
    if unread["lines"]:
        text += table(
            say("读不了的行", "Lines that cannot be read"),
            [say("行", "line"), say("原因", "why")],
            [[str(one["line"]), escape(one["why"])] for one in unread["named"]],
        )
    return text
