"""The arithmetic of each finding, written so that anyone can do it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongtu.checkup.page.words import CAUSES, money, rate, say


def level(principal_minor: int, rate_ppm: int, months: int, result_minor: int) -> str:
    """Return the sum of a level instalment."""
    return (
        f"{money(principal_minor)} × r / (1 − (1 + r)^−{months}), r = {rate(rate_ppm)} / 12"
        f" → {money(result_minor)}"
    )


def of_unequal(one: Mapping[str, Any]) -> str:
    """Return why an instalment does not recompute, with every figure that says so."""
    zh, en = CAUSES[one["cause"]]
    word = ("可算证", "proved") if one["is_proved"] else ("可能", "likely")
    if one["cause"] == "unknown":
        word = ("不明", "unknown")
    sums = level(one["principal_minor"], one["rate_ppm"], one["months"], one["ours_minor"])
    theirs, apart = money(one["theirs_minor"]), money(one["difference_minor"])
    steps = _steps(one)
    return say(
        f"{sums}；账上 {theirs}，差 {apart}。{word[0]}：{zh}。{steps[0]}",
        f"{sums}; the book has {theirs}, {apart} apart. {word[1]}: {en}. {steps[1]}",
    )


def _steps(one: Mapping[str, Any]) -> tuple[str, str]:
    figures = one["figures"]
    if one["cause"] == "rate_changed":
        before, paid = rate(figures["rate_before_ppm"]), figures["paid"]
        sums = (
            f"{money(one['principal_minor'])} @ {before}: {money(figures['level_minor'])} × {paid}"
            f" → {money(figures['left_minor'])}; "
            + level(
                figures["left_minor"], one["rate_ppm"], one["months"] - paid, figures["anew_minor"]
            )
        )
        chance = rate(figures["chance_ppm"])
        return f"先按 {before} 还 {paid} 期，再按剩余本金重算：{sums}。碰巧相符的机会 {chance}。", (
            f"{paid} instalment(s) at {before}, the usual rate of its grade, then the rest anew:"
            f" {sums}. By chance it would come out in {chance}."
        )
    implied = money(one["implied_principal_minor"]), rate(max(one["implied_rate_ppm"], 0))
    zh = f"账上月供对应本金 {implied[0]}，或对应年利率 {implied[1]}。"
    en = f"The booked instalment belongs to a principal of {implied[0]} or a rate of {implied[1]}."
    if one["cause"] == "rate_apart":
        low, high = rate(figures["peers_min_ppm"]), rate(figures["peers_max_ppm"])
        zh += f"同评级的其他贷款为 {low} 至 {high}，本笔 {rate(one['rate_ppm'])}。"
        en += f" Others of its grade pay {low} to {high}, this one {rate(one['rate_ppm'])}."
    elif one["cause"] == "other_months":
        zh += f"按 {figures['months']} 期相符。"
        en += f" It comes out for {figures['months']} months."
    return zh, en
