"""Shows a replay's figures: a table for the terminal and one self-contained HTML page."""

from __future__ import annotations

from html import escape
from typing import Any

from tongtu.replay.campaign import campaign_rows
from tongtu.replay.clerk import RULE
from tongtu.replay.lines import line_rows
from tongtu.replay.market_rows import market_rows, yuan
from tongtu.replay.outside import outside_rows
from tongtu.replay.plots import bar_chart, line_of_bands
from tongtu.replay.price_rows import experiment_rows

STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;color:#0F252B;background:#F3F6F6}
body{margin:0}main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}
section{background:#fff;border:1px solid #DAE3E3;border-radius:14px;padding:1rem 1.25rem}
section{margin:1rem 0}h1{font-size:1.6rem}h2{font-size:1.05rem;margin:.2rem 0 .6rem}
table{border-collapse:collapse;width:100%}td{padding:.3rem .4rem;border-bottom:1px solid #E8EEEE}
td:last-child{text-align:right;font-variant-numeric:tabular-nums}
.ok{color:#14613F}.broken{color:#98291A}p{color:#3E545A}svg{max-width:100%;height:auto}
"""


Line = tuple[str, str, str]


def rows(summary: dict[str, Any]) -> list[Line]:
    """Return (section, name, value) lines: what the terminal and the page both show."""
    proofs = summary["proofs"].items()
    return [
        *_decided(summary),
        *market_rows(summary["market"]),
        *market_rows(summary["market_by_persons"], "decided by a person: "),
        *_by_remote_lenders(summary["lenders"]),
        *_paid(summary),
        *_by_persons(summary),
        *_of_goods(summary["goods"]),
        *line_rows(summary["lines"]),
        *campaign_rows(summary["campaign"]),
        *experiment_rows(summary.get("experiment")),
        *outside_rows(summary["outside"], summary["outside_reasons"]),
        *[("wire", f"refused: {code}", f"{n}") for code, n in summary["refusals"].items()],
        *_of_risk(summary["risk"]),
        *_of_fairness(summary["fairness"]),
        *[("proof", name, f"{line['verdict']}: {line['text']}") for name, line in proofs],
    ]


def _decided(summary: dict[str, Any]) -> list[Line]:
    funnel, offers = summary["funnel"], summary["offers"]
    submitted = funnel["submitted"] or 1
    return [
        *[("funnel", name, _of(count, submitted)) for name, count in funnel.items()],
        *[("apply → offers", f"{name} ms", f"{ms}") for name, ms in summary["latency_ms"].items()],
        ("apply → offers", "decisions a second", f"{summary['decisions_per_s']}"),
        ("offers", "approval rate", f"{100 * offers['approval_rate']:.1f} %"),
        ("offers", "offers an approved applicant", f"{offers['per_approved']}"),
        ("offers", "all-in yearly cost (simple)",
         f"{offers['all_in_percent_min']} … {offers['all_in_percent_max']} %"),
    ]  # fmt: skip


def _paid(summary: dict[str, Any]) -> list[Line]:
    money = summary["money"]
    lines = [
        ("money", "loans", f"{money['loans']:,}"),
        ("money", "disbursed", yuan(money["disbursed_minor"])),
        ("money", "repaid", yuan(money["repaid_minor"])),
        ("money", "business days closed", f"{money['business_days_closed']}"),
        ("wire", "requests, of them sent again", f"{summary['requests']:,}, {summary['retries']}"),
        ("wire", "cases with an error", f"{summary['errors']}"),
    ]
    if money["payments_failed"]:
        failed = f"{money['payments_failed']} repayments"
        lines.append(("money", "refused, taken back or disputed by the bank", failed))
    return lines


def _by_persons(summary: dict[str, Any]) -> list[Line]:
    desk, submitted = summary["desk"], summary["funnel"]["submitted"] or 1
    lines = [
        ("desk", "straight through", _of(desk["straight_through"], submitted)),
        ("desk", "left to a person", _of(desk["left_to_a_person"], submitted)),
    ]
    if desk["approved"] + desk["declined"]:
        lines += [
            ("desk", f"approved ({RULE})",
             f"{desk['approved']}, {desk['by_two']} by two persons, {desk['bad_approved']} bad"),
            ("desk", "declined, of them as the law or every lender says no",
             f"{desk['declined']}, {desk['impossible']}"),
        ]  # fmt: skip
    return lines


def _by_remote_lenders(lenders: list[dict[str, Any]]) -> list[Line]:
    lines = []
    for one in lenders:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(one["states"].items()))
        lines += [
            ("offers", f"{one['lender']}, asked over HTTP", states),
            ("offers", f"{one['lender']}: offers seen before signing, taken",
             f"{one['seen']:,}, {one['taken']:,}"),
        ]  # fmt: skip
    return lines


def _of_goods(goods: dict[str, Any]) -> list[Line]:
    if not goods["buyers"]:
        return []
    return [
        ("goods", "bought over a merchant's checkout",
         f"{goods['purchases']} of {goods['buyers']} buyers, {yuan(goods['paid_minor'])}"),
        ("goods", "given back: a part, all of it",
         f"{goods['returns'] - goods['returned_whole']}, {goods['returned_whole']}"),
        ("goods", "paid back by the merchants", yuan(goods["returned_minor"])),
    ]  # fmt: skip


def _of_risk(risk: dict[str, Any]) -> list[Line]:
    if not risk:
        return []
    lines = [
        ("risk", "AUC, KS (real outcomes)", f"{risk['auc']}, {risk['ks']}"),
        ("risk", "bad rate: all, approved", _shares(risk)),
        ("risk", "accuracy (majority rate)",
         f"{100 * risk['accuracy']:.1f} % ({100 * risk['majority_accuracy']:.1f} %)"),
    ]  # fmt: skip
    lines += [
        ("bad rate by band", f"band {band['band']}: {band['cases']} cases",
         f"{100 * band['bad_rate']:.1f} % bad, {band['approved']} approved")
        for band in risk["bands"]
    ]  # fmt: skip
    return lines


def _of_fairness(attributes: list[dict[str, Any]]) -> list[Line]:
    lines = []
    for one in attributes:
        ratio, gap = one["approval_ratio"], one["opportunity_gap"]
        told = f"approval ratio {ratio}, gap of good payers {gap}"
        lines.append(("fairness", one["attribute"], told))
        for group in one["groups"]:
            name = f"{one['attribute']}: {group['group']}, {group['people']} people"
            yes, good = 100 * group["approved"], 100 * group["good_approved"]
            lines.append(("fairness", name, f"{yes:.1f} % approved, {good:.1f} % of the good"))
    return lines


def page(summary: dict[str, Any]) -> str:
    """Return the report as one HTML page without any outside reference."""
    sections: dict[str, list[str]] = {}
    for section, name, value in rows(summary):
        mark = "ok" if value.startswith("OK") else "broken" if value.startswith("BROKEN") else ""
        sections.setdefault(section, []).append(
            f'<tr><td>{escape(name)}</td><td class="{mark}">{escape(value)}</td></tr>'
        )
    funnel = list(summary["funnel"].items())
    plots = {"funnel": bar_chart("Cases at each step", funnel)}
    if summary["risk"]:
        plots["bad rate by band"] = line_of_bands(
            "Real bad rate by score band, percent",
            [(f"{band['band']}", 100 * band["bad_rate"]) for band in summary["risk"]["bands"]],
        )
    body = "".join(
        f"<section><h2>{escape(name)}</h2>{plots.get(name, '')}<table>{''.join(lines)}</table>"
        "</section>"
        for name, lines in sections.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Tongtu 通途 replay</title><style>{STYLE}</style><main>"
        f"<h1>Tongtu 通途: {summary['applications']:,} real applications replayed</h1>"
        f"<p>{escape(summary['note'])}</p>{body}</main></html>"
    )


def _of(count: int, whole: int) -> str:
    return f"{count:,}  ({100 * count / whole:.1f} %)"


def _shares(risk: dict[str, Any]) -> str:
    if risk["bad_rate_approved"] is None:
        return f"{100 * risk['bad_rate_all']:.1f} %, none approved"
    low, high = risk["bad_rate_approved_95"]
    return (
        f"{100 * risk['bad_rate_all']:.1f} %, {100 * risk['bad_rate_approved']:.1f} % "
        f"(95 %: {100 * low:.1f}-{100 * high:.1f})"
    )
