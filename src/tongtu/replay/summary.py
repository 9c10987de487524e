"""Turns what happened into figures: one plain dict, printed as a table, JSON and HTML alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongtu.replay.campaign import summarise_campaign
from tongtu.replay.fairness import judge
from tongtu.replay.lines import summarise_lines
from tongtu.replay.market import differing, market
from tongtu.replay.measure import bands, percentile, rank, wilson
from tongtu.replay.outside import summarise_outside
from tongtu.replay.run import Outcome

HONEST_LIMIT = (
    "Applications and outcomes are real (a Spanish table, one unit of its money read as 40 yuan). "
    "Repayment paths are simulated from the real yes/no outcome, identities are synthetic, the "
    "bank is a simulator that misbehaves, the lenders are the demo's."
)


def summarise(
    outcome: Outcome, verify: Any, groups: Mapping[str, Mapping[int, str]] | None = None
) -> dict[str, Any]:
    """Return all figures of a replay.

    `verify(proof, log_key)` gives "ok" or what is wrong with an evidence bundle; `groups` are the
    protected attributes of the table's rows, which nothing but this report ever sees.
    """
    cases = outcome.cases
    everybody = [*cases, *outcome.goods, *[one.case for one in outcome.lines]]
    decided = [case for case in cases if case.answer]
    return {
        "note": HONEST_LIMIT,
        "applications": len(cases),
        "errors": sum(1 for case in everybody if case.error),
        "error_examples": sorted({case.error for case in everybody if case.error})[:5],
        "requests": outcome.requests,
        "retries": outcome.retries,
        "refusals": dict(sorted(outcome.errors.items())),
        "funnel": _funnel(cases),
        "latency_ms": _latency(decided),
        "decisions_per_s": round(len(decided) / outcome.decided_s, 1) if outcome.decided_s else 0,
        "offers": _offers(decided),
        "lenders": _lenders(cases, outcome),
        **_markets(decided, outcome),
        "money": _money(cases, outcome),
        "desk": _desk(outcome),
        "goods": _goods(outcome),
        "lines": summarise_lines(outcome.lines),
        "campaign": summarise_campaign(outcome.pushing),
        "outside": summarise_outside(outcome.outside, decided),
        "outside_reasons": dict(outcome.outside.reasons),
        "risk": _risk(decided),
        "fairness": _fairness(decided, groups or {}),
        "proofs": _proofs(outcome, verify),
    }


def is_sound(summary: dict[str, Any]) -> bool:
    """Return whether nothing failed, every offer became a loan, and no proof line is broken."""
    funnel = summary["funnel"]
    is_whole = 0 < funnel["offers"] == funnel["signed"] == funnel["funded"]
    broken = [line for line in summary["proofs"].values() if line["verdict"] == "BROKEN"]
    return summary["errors"] == 0 and is_whole and not broken


def _markets(decided: list[Any], outcome: Outcome) -> dict[str, Any]:
    """Return what the machine answered at once, and apart what persons answered later."""
    ruled = {id(case) for case in outcome.desk.cases}
    by_person = [case for case in decided if id(case) in ruled]
    by_machine = [case for case in decided if id(case) not in ruled]
    return {
        "market": market(by_machine, outcome.market),
        "market_by_persons": market(by_person, outcome.market.get("by_persons", {})),
    }


def _funnel(cases: list[Any]) -> dict[str, int]:
    def count(outcome: str) -> int:
        return sum(1 for case in cases if case.answer.get("outcome") == outcome)

    return {
        "submitted": sum(1 for case in cases if case.answer),
        "offers": count("offers"),
        "review": count("review"),
        "declined": count("declined"),
        "signed": sum(1 for case in cases if case.agreement),
        "funded": sum(1 for case in cases if case.loan),
    }


def _latency(decided: list[Any]) -> dict[str, float]:
    seconds = [case.latency_s for case in decided]
    if not seconds:
        return {}
    return {
        name: round(1000 * percentile(seconds, share), 1)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def _offers(decided: list[Any]) -> dict[str, Any]:
    with_offers = [case for case in decided if case.offers]
    costs = [offer["irr12_percent"] for case in with_offers for offer in case.offers]
    return {
        "approval_rate": round(len(with_offers) / len(decided), 4) if decided else 0,
        "per_approved": round(len(costs) / len(with_offers), 2) if with_offers else 0,
        "all_in_percent_min": min(costs, key=float, default=None),
        "all_in_percent_max": max(costs, key=float, default=None),
    }


def _lenders(cases: list[Any], outcome: Outcome) -> list[dict[str, Any]]:
    """Return what became of the requests to each lender that decides on a machine of its own."""
    found: dict[str, dict[str, Any]] = {}
    for item in outcome.lender_requests.get("items", ()):
        of = found.setdefault(item["lender"], {"lender": item["lender"], "states": {}})
        of["states"][item["state"]] = item["count"]
    for name, of in found.items():
        seen = [case for case in cases if any(one["lender"]["id"] == name for one in case.later)]
        of["seen"] = len(seen)
        of["taken"] = sum(1 for case in seen if case.took_later)
    return [found[name] for name in sorted(found)]


def _money(cases: list[Any], outcome: Outcome) -> dict[str, Any]:
    funded = [case for case in cases if case.loan]
    return {
        "loans": len(funded),
        "disbursed_minor": sum(case.disbursed_minor for case in funded),
        "repaid_minor": sum(case.repaid_minor for case in funded),
        "payments_failed": sum(case.failed_payments for case in funded),
        "business_days_closed": len(outcome.days_closed),
        "business_date": outcome.live.get("business_date"),
    }


def _desk(outcome: Outcome) -> dict[str, Any]:
    """Return how many cases went straight through, and what persons made of the others."""
    desk, decided = outcome.desk, sum(1 for case in outcome.cases if case.answer)
    left = desk.cases or [c for c in outcome.cases if c.answer.get("outcome") == "review"]
    return {
        "straight_through": decided - len(left),
        "left_to_a_person": len(left),
        "approved": desk.approved,
        "by_two": desk.by_two,
        "declined": desk.declined,
        "impossible": desk.impossible,
        "bad_approved": sum(1 for case in desk.cases if case.offers and case.applicant.is_bad),
        "waiting": sum(1 for case in left if case.answer.get("outcome") == "review"),
    }


def _desk_proof(outcome: Outcome) -> dict[str, str]:
    told = _desk(outcome)
    if not outcome.desk.cases:
        return {"verdict": "NOT ASKED", "text": "no case was left to a person who decides"}
    ends = told["approved"] + told["declined"]
    return _line(
        told["waiting"] == 0 and ends == told["left_to_a_person"],
        f"{ends} of {told['left_to_a_person']} cases left to a person were decided by one "
        f"({told['by_two']} by two), {told['waiting']} wait",
    )


def _goods(outcome: Outcome) -> dict[str, int]:
    """Return what was bought over the merchants' checkouts, and what came back of it."""
    paid = [case.purchase for case in outcome.goods if case.loan and case.purchase]
    back = [one for one in paid if one.asked_back_minor]
    return {
        "buyers": len(outcome.goods),
        "purchases": len(paid),
        "merchants": len({one.seller for one in paid}),
        "paid_minor": sum(one.price_minor for one in paid),
        "returns": len(back),
        "returned_whole": sum(1 for one in back if one.asked_back_minor == one.price_minor),
        "returned_minor": sum(one.returned_minor for one in paid),
        "whole": sum(1 for one in paid if one.is_whole),
        "merchant_files": outcome.merchant_files,
    }


def _risk(decided: list[Any]) -> dict[str, Any]:
    scored = [case for case in decided if case.answer.get("score")]
    if not scored:
        return {}
    outcomes = [case.applicant.is_bad for case in scored]
    approved = [case for case in scored if case.offers]
    right = sum(1 for case in scored if bool(case.offers) != case.applicant.is_bad)
    ranking = rank([case.answer["score"]["points"] for case in scored], outcomes)
    good = len(outcomes) - sum(outcomes)
    bad_approved = sum(case.applicant.is_bad for case in approved)
    return {
        "scored": len(scored),
        "auc": round(ranking.auc, 4) if ranking else None,
        "ks": round(ranking.ks, 4) if ranking else None,
        "bad_rate_all": round(sum(outcomes) / len(outcomes), 4),
        "bad_rate_approved": round(bad_approved / len(approved), 4) if approved else None,
        "bad_rate_approved_95": [round(x, 4) for x in wilson(bad_approved, len(approved))],
        "accuracy": round(right / len(scored), 4),
        "majority_accuracy": round(max(good, len(outcomes) - good) / len(outcomes), 4),
        "bands": [
            {
                "band": band.band,
                "cases": band.cases,
                "approved": band.approved,
                "bad_rate": round(band.bad_rate, 4),
            }
            for band in bands(
                [(c.answer["score"]["band"], c.applicant.is_bad, bool(c.offers)) for c in scored]
            )
        ],
    }


def _proofs(outcome: Outcome, verify: Any) -> dict[str, dict[str, str]]:
    return {
        "ledger": _ledger(outcome.live.get("ledger", {})),
        "day_ends": _day_ends(outcome),
        "joint_loans": _joint(outcome.joint),
        "decisions": _decided_again(outcome.decided_again),
        "desk": _desk_proof(outcome),
        "lenders": _lenders_proof(outcome),
        "goods": _goods_proof(outcome),
        "evidence": _evidence(outcome, verify),
    }


def _ledger(ledger: dict[str, Any]) -> dict[str, str]:
    whole = ledger.get("sum_minor") == 0 and ledger.get("differences") == 0
    return _line(
        whole and ledger.get("transfers", 0) > 0,
        f"sum of postings {ledger.get('sum_minor')}, "
        f"{ledger.get('differences')} balances differ from their replay "
        f"({ledger.get('accounts')} accounts, {ledger.get('transfers')} transfers)",
    )


def _fairness(decided: list[Any], groups: Mapping[str, Mapping[int, str]]) -> list[dict[str, Any]]:
    people = [(c.applicant.row, bool(c.offers), not c.applicant.is_bad) for c in decided]
    return [
        {
            "attribute": one.attribute,
            "approval_ratio": round(one.ratio, 4),
            "opportunity_gap": round(one.gap, 4),
            "groups": [
                {
                    "group": group.name,
                    "people": group.people,
                    "approved": round(group.approval, 4),
                    "good_approved": round(group.opportunity, 4),
                }
                for group in one.groups
            ],
        }
        for one in judge(groups, people)
    ]


def _decided_again(replays: list[dict[str, Any]]) -> dict[str, str]:
    same = sum(bool(one.get("is_same")) for one in replays)
    beside = sum(one.get("challenger") is not None for one in replays)
    return _line(
        same == len(replays) > 0,
        f"{same} of {len(replays)} decisions made again from their records to the same bytes, "
        f"{beside} of them with a challenger's score and reasons",
    )


def _lenders_proof(outcome: Outcome) -> dict[str, str]:
    """Hold what the platform says of each lender to what the applicants were told."""
    strange = [name for told, said in outcome.routes for name in differing(told, said)]
    lines = sum(len(said["lenders"]) for _, said in outcome.routes)
    decided = sum(1 for case in outcome.cases if case.answer)
    counted = outcome.market.get("decisions", 0)
    ruled = sum(1 for case in outcome.desk.cases if not case.error)
    by_persons = outcome.market.get("by_persons", {}).get("decisions", 0)
    return _line(
        bool(outcome.routes) and not strange and counted >= decided and by_persons >= ruled,
        f"{lines} answers of lenders in {len(outcome.routes)} decisions explained by the platform, "
        f"{len(strange)} of them not what the applicant was told; it counts {counted} decisions "
        f"of the day, {decided} of them of these applicants, and apart {by_persons} of persons",
    )


def _joint(joint: dict[str, Any]) -> dict[str, str]:
    if not joint.get("loans"):
        return {"verdict": "NOT ASKED", "text": "no loan was lent jointly"}
    payees = joint["payees"]
    equal = [one for one in payees if one["loans_minor"] == one["ledger_minor"]]
    funders = sum(1 for one in payees if not one["is_guarantor"])
    return _line(
        joint["split_differences"] == 0 and len(equal) == len(payees),
        f"{joint['loans']} loans lent jointly by {funders} funders, {joint['taken_over']} taken "
        f"over by the guarantor; {joint['payments']} repayments split into "
        f"{joint['instructions']} instructions, {joint['split_differences']} split differences; "
        f"settlement = ledger for {len(equal)} of {len(payees)} payees",
    )


def _goods_proof(outcome: Outcome) -> dict[str, str]:
    told = _goods(outcome)
    if not told["buyers"]:
        return {"verdict": "NOT ASKED", "text": "nobody bought goods"}
    answers = [case.answer.get("outcome") for case in outcome.goods]
    offered = answers.count("offers")
    if not offered and all(answers) and not told["purchases"]:
        return {"verdict": "NOT ASKED", "text": f"none of {len(answers)} buyers got an offer"}
    return _line(
        0 < told["purchases"] == offered == told["whole"],
        f"{told['purchases']} purchases at {told['merchants']} merchants' checkouts paid straight "
        f"to the merchant; {told['returns']} returns ({told['returned_whole']} of all goods: the "
        f"loan unwound to 0); money and goods where they belong in {told['whole']}; "
        f"{told['merchant_files']} days' files of merchants equal the ledger",
    )


def _day_ends(outcome: Outcome) -> dict[str, str]:
    if outcome.day_end_refused:
        return _line(False, outcome.day_end_refused)
    if outcome.months == 0:
        return {"verdict": "NOT ASKED", "text": "no month was lived through"}
    breaks = [day for day in outcome.days_closed if day.get("invariant") != "ok"]
    return _line(
        bool(outcome.days_closed) and not breaks,
        f"{len(outcome.days_closed)} days closed, {len(breaks)} breaks "
        "between loans and control accounts",
    )


def _evidence(outcome: Outcome, verify: Any) -> dict[str, str]:
    if not outcome.proofs:
        return _line(False, "no proof was published")
    bundle = outcome.proofs[0]
    found = verify(bundle, outcome.log_key)
    is_signed = outcome.live.get("evidence", {}).get("verified") is True
    return _line(
        found == "ok" and is_signed,
        f"root {str(bundle.get('root'))[:16]}… over {bundle.get('size')} leaves, inclusion of one "
        f"decision: {found}; newest checkpoint {'verified' if is_signed else 'NOT VERIFIED'}",
    )


def _line(is_kept: bool, text: str) -> dict[str, str]:
    return {"verdict": "OK" if is_kept else "BROKEN", "text": text}
