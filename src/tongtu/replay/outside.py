"""Outside sources in a replay: who agreed, what asking cost, how fresh the answers were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongtu.replay.applicants import Applicant
from tongtu.replay.client import Platform

# Two applicants of three agree to all sources, by a rule that depends on the row alone.
AGREE_OF = 3
# What a person is told that waits for a person because of a source.
REASONS = (
    "outside_missing", "income_contradicted", "employment_contradicted", "number_recent",
)  # fmt: skip
_NONE: Mapping[str, Any] = {"queries": 0, "cost_minor": 0, "stale": 0}
_ANSWERED = ("answered", "half", "no_record")


@dataclass(slots=True)
class OutsideLooks:
    """The sources' terms, and what was asked before and after the applications."""

    sources: Sequence[Mapping[str, Any]] = ()
    before: Sequence[Mapping[str, Any]] = ()
    after: Sequence[Mapping[str, Any]] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)  # before persons decided

    def scopes(self, applicant: Applicant) -> list[str]:
        """Return the consents to sources that this applicant gives."""
        return [str(one["scope"]) for one in self.sources] if agrees(applicant) else []


def agrees(applicant: Applicant) -> bool:
    """Return whether an applicant agrees that outside sources are asked."""
    return applicant.row % AGREE_OF != 0


def needs(source: Mapping[str, Any], applicant: Applicant) -> bool:
    """Return whether a source is asked before this application is decided."""
    body = applicant.body()
    return (
        body["product"] in source["products"]
        and applicant.amount_minor >= source["amount_min_minor"]
    )


async def look(platform: Platform, token: str) -> list[Mapping[str, Any]]:
    """Return today's queries to all sources, as the platform counts them."""
    told = await platform.ask("GET", "/v1/operations/outside-queries", token=token)
    return list(told["items"])


async def read_sources(platform: Platform) -> list[Mapping[str, Any]]:
    """Return the sources and their terms."""
    return list((await platform.ask("GET", "/v1/outside-sources"))["items"])


def summarise_outside(looks: OutsideLooks, cases: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what became of each source; `missing` are those it was needed for and said nothing."""
    before = {(one["source"], one["state"]): one for one in looks.before}
    found = []
    for source in looks.sources:
        states: dict[str, int] = {}
        cost_minor, stale, ages = 0, 0, []
        for one in looks.after:
            if one["source"] != source["id"]:
                continue
            was = before.get(
                (one["source"], one["state"]), {"queries": 0, "cost_minor": 0, "stale": 0}
            )
            if count := one["queries"] - was["queries"]:
                states[one["state"]] = count
                cost_minor += one["cost_minor"] - was["cost_minor"]
                stale += one["stale"] - was["stale"]
                ages += [one["age_days"]] if one["age_days"] is not None else []
        needed = [case for case in cases if case.answer and needs(source, case.applicant)]
        answered = sum(states.get(one, 0) for one in _ANSWERED)
        found.append(
            {
                "source": source["id"],
                "needed": len(needed),
                "agreed": sum(1 for case in needed if agrees(case.applicant)),
                "states": states,
                "stale": stale,
                "missing": len(needed) - answered + stale,
                "cost_minor": cost_minor,
                "charged_to": source["charged_to"],
                "age_days": max(ages, default=None),
            }
        )
    return found


def reasons(cases: Sequence[Any]) -> dict[str, int]:
    """Return how many applicants waited for a person for each reason that sources give."""
    told = [one["code"] for case in cases for one in case.answer.get("reasons", ())]
    return {name: told.count(name) for name in REASONS if name in told}


def outside_rows(
    sources: Sequence[Mapping[str, Any]], told: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    """Return the report's lines; none where no application needed a source."""
    lines = []
    for one in sources:
        if not one["needed"]:
            continue
        states = ", ".join(f"{count} {state}" for state, count in sorted(one["states"].items()))
        age = "" if one["age_days"] is None else f"; median age up to {one['age_days']} days"
        lines += [
            ("outside", f"{one['source']}: needed by, agreed",
             f"{one['needed']} applicants, {one['agreed']}"),
            ("outside", f"{one['source']}: asked",
             f"{states or 'nobody'}{age}, {one['stale']} stale; missing for {one['missing']}"),
            ("outside", f"{one['source']}: cost, borne by the {one['charged_to']}",
             f"{one['cost_minor'] / 100:,.2f} yuan"),
        ]  # fmt: skip
    if lines:
        counted = ", ".join(f"{count} {name}" for name, count in told.items())
        lines.append(("outside", "left to a person for it", counted or "nobody"))
    return lines
