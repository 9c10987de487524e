"""The page's sentences in both languages, and how figures are written."""

from __future__ import annotations

from decimal import Decimal
from html import escape

CAUSES = {
    "other_rounding": ("按另一种取整方式相符", "comes out by another rounding"),
    "one_cent": ("差一分，任何取整方式都不能解释", "a cent apart, by no rounding"),
    "flat": ("按等本等息（利息始终按初始本金）计算", "flat interest on the first principal"),
    "interest_only": ("只含利息，本金到期一次还", "interest alone; the principal waits"),
    "year_of_360": ("按一年 360 天计息", "interest of a year of 360 days"),
    "other_months": ("按另一个期数相符", "comes out for another number of months"),
    "fee_inside": ("月供里含每期费用", "the monthly fee is inside the instalment"),
    "fee_financed": ("本金口径含或扣了前期费用", "the up-front fee is in or out of the principal"),
    "rate_changed": (
        "还款途中利率被改，月供按剩余本金重算",
        "the rate was changed on the way and the rest amortised anew",
    ),
    "rate_apart": (
        "利率在同评级贷款之外，可能放款后被改（如依法降息、困难减免），月供按另一余额重算",
        "its rate lies apart from all of its grade: lowered after pay-out, by law or hardship",
    ),
    "unknown": ("没有找到解释", "no explanation was found"),
}
ROUNDINGS = {
    "HALF_UP": ("四舍五入", "half up"), "HALF_EVEN": ("四舍六入五成双", "half to even"),
    "CEILING": ("进位到分", "up to the next cent"), "FLOOR": ("舍去分以下", "down to the cent"),
}  # fmt: skip
LABELS = {
    "T": ("已读原文", "text read"), "S": ("见诸报道", "reported"),
    "M": ("凭记忆，待律师确认", "from memory: counsel is to confirm"),
    "P": ("自定", "own policy"),
}  # fmt: skip
CELLS = {
    "both": ("两边都留", "both keep"), "theirs_only": ("只有他们留", "only they keep"),
    "ours_only": ("只有我们留", "only we keep"), "neither": ("两边都不留", "neither keeps"),
}  # fmt: skip


def say(zh: str, en: str) -> str:
    """Return a sentence in both languages, escaped; the page shows one."""
    return f'<span lang="zh">{escape(zh)}</span><span lang="en">{escape(en)}</span>'


def pair(words: tuple[str, str]) -> str:
    """Return a pair of words as `say` does."""
    return say(*words)


def money(minor: int) -> str:
    """Return minor units as a figure with two decimals and a true minus."""
    sign = "−" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


def percent(ppm: int | None) -> str:
    """Return ppm in percent with two decimals, exactly cut to them."""
    if ppm is None or ppm < 0:
        return "–"
    return f"{Decimal(ppm) / 10_000:.2f} %"


def rate(ppm: int) -> str:
    """Return a rate with all its decimals."""
    text = f"{Decimal(ppm) / 10_000:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"
