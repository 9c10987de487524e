"""A campaign over the replay's own people: drawn, pushed and judged by the platform.

Who responds is simulated by a truth stated here, which the platform never sees: so that what it
measures can be held against what is so. Pushes keep the law's hours: at night nobody is pushed to.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tongtu.replay.borrower import Case
from tongtu.replay.client import Platform, Unexpected

# Among fewer applicants a campaign tells nothing.
APPLICANTS_MIN = 200
# Of three people two switch pushes on.
WILLING_OF, WILLING = 3, 2
HOLD_OUT_PPM = 500_000
# The platform wants a minute between approval and begin; the rest is for the way there.
LEAD = timedelta(seconds=80)
LASTS = timedelta(days=2)
RESPONSE_DAYS = 1
# The truth: so many of a thousand apply again unasked, and so many more where a push reached them.
UNASKED, ADDED, THOUSAND = 100, 150, 1_000
# Who responds asks for a part of what they asked first.
PART, AMOUNT_MIN_MINOR = 4, 100_000
# The platform draws and pushes every ten seconds; two turns without change are the end of it.
LOOK_EVERY_S, STILL_S, LOOKS_MAX = 3.0, 24.0, 60


@dataclass(slots=True)
class Pushing:
    """What became of the campaign."""

    campaign: str = ""
    starts_at: str = ""
    willing: list[Case] = field(default_factory=list)
    reached: int = 0  # people who found the push among their own
    responded: int = 0
    took: int = 0  # of them: an offer
    report: dict[str, Any] = field(default_factory=dict)
    stopped: str = ""
    now: str = ""  # the platform's clock when the last one switched pushes on
    refused: str = ""  # why the platform would not have the campaign


def is_willing(row: int) -> bool:
    """Return whether whoever stands in a row switches pushes on."""
    return _luck("willing", row) * WILLING_OF // THOUSAND < WILLING


def responds(row: int, *, is_pushed: bool) -> bool:
    """Return whether whoever stands in a row applies again, by the simulated truth."""
    return _luck("responds", row) < UNASKED + (ADDED if is_pushed else 0)


async def switch_on(platform: Platform, case: Case, version: str, pushing: Pushing) -> None:
    """Agree to marketing and switch pushes on."""
    await platform.ask(
        "POST", "/v1/me/consents",
        body={"grants": [{"scope": "marketing"}], "version": version}, token=case.token,
        key=case.key("marketing"),
    )  # fmt: skip
    chosen = await platform.ask(
        "PUT", "/v1/me/pushes",
        body={"is_on": True, "is_student": False, "is_plain": False}, token=case.token,
        key=case.key("pushes"),
    )  # fmt: skip
    pushing.now = max(pushing.now, chosen["changed_at"])
    pushing.willing.append(case)


async def begin(
    platform: Platform, staff: tuple[str, str], run: str, found: tuple[Pushing, Sequence[Case]]
) -> None:
    """Let one person propose a campaign over who applied and agreed, and another approve it."""
    pushing, cases = found
    if len(cases) < APPLICANTS_MIN or not pushing.willing:
        return
    now, (maker, checker) = datetime.fromisoformat(pushing.now), staff
    pushing.starts_at = (now + LEAD).isoformat()
    plan = {
        "name": run[:40], "why": "replay", "product": "consumer_cash",
        "segment": [{"applications_90d": ">= 1"}], "hold_out_ppm": HOLD_OUT_PPM,
        "audience_max": 50_000, "starts_at": pushing.starts_at,
        "ends_at": (now + LASTS).isoformat(), "response_days": RESPONSE_DAYS,
        "off_ppm_max": 1_000_000,
    }  # fmt: skip
    made = await platform.ask(
        "POST", "/v1/operations/campaigns", body=plan, token=maker, key=f"{run}-campaign"
    )
    await platform.ask(
        "POST", f"/v1/operations/campaign-proposals/{made['approval']}/approval",
        token=checker, key=f"{run}-campaign-approval",
    )  # fmt: skip
    pushing.campaign = made["campaign"]


async def wait_for_pushes(platform: Platform, pushing: Pushing, token: str) -> None:
    """Look until the draw is over and nobody more is pushed to."""
    path = f"/v1/operations/campaigns/{pushing.campaign}"
    last, still_s = None, 0.0
    for _ in range(LOOKS_MAX):
        told = await platform.ask("GET", path, token=token)
        now = (told["members"], told["pushed"], told["refused"])
        still_s = still_s + LOOK_EVERY_S if now == last and told["members"] else 0.0
        if still_s >= STILL_S:
            return
        last = now
        await asyncio.sleep(LOOK_EVERY_S)


async def respond(platform: Platform, case: Case, pushing: Pushing) -> None:
    """Apply again, or not, as the simulated truth says of one whom a push reached or not."""
    told = await platform.ask("GET", "/v1/me/pushes", token=case.token)
    is_pushed = bool(told["items"])
    pushing.reached += is_pushed
    if not responds(case.applicant.row, is_pushed=is_pushed):
        return
    again = {
        **case.applicant.body(),
        "amount_minor": max(case.applicant.amount_minor // PART, AMOUNT_MIN_MINOR),
    }
    answer = await platform.ask(
        "POST", "/v1/applications", body=again, token=case.token, key=case.key("again")
    )
    pushing.responded += 1
    if not answer["offers"]:
        return
    try:
        await platform.ask(
            "POST", f"/v1/applications/{answer['application']}/acceptance",
            body={"offer": answer["offers"][0]["n"], "decision": answer["decision"]},
            token=case.token, key=case.key("again-accept"),
        )  # fmt: skip
    except Unexpected as no:  # what they owe already, or their device: a person may look first
        platform.counters.errors.pop(no.code, None)
    else:
        pushing.took += 1


async def judge(platform: Platform, pushing: Pushing, token: str, run: str) -> None:
    """Read what the platform says it was worth, and let an operator end it."""
    path = f"/v1/operations/campaigns/{pushing.campaign}"
    pushing.report = await platform.ask("GET", path, token=token)
    stopped = await platform.ask(
        "POST", f"{path}/stop", body={"why": "the replay is over"}, token=token,
        key=f"{run}-campaign-stop",
    )  # fmt: skip
    pushing.stopped = stopped["state"]


def summarise_campaign(pushing: Pushing) -> dict[str, Any]:
    """Return the platform's own figures beside the truth they estimate."""
    if not pushing.campaign:
        return {"refused_why": pushing.refused} if pushing.refused else {}
    told = pushing.report
    return {
        "is_response_simulated": True,
        "willing": len(pushing.willing),
        "hold_out_ppm": HOLD_OUT_PPM,
        **{
            name: told.get(name)
            for name in (
                "members", "pushed", "refused", "switched_off", "response_push",
                "response_hold_out", "uplift", "added_per_member_minor", "strata",
            )
        },
        "reached": pushing.reached,
        "responded": pushing.responded,
        "took": pushing.took,
        "truth": {"unasked": UNASKED / THOUSAND, "added": ADDED / THOUSAND},
        "state": pushing.stopped,
    }  # fmt: skip


def campaign_rows(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (section, name, value) lines; none where no campaign was begun."""
    if not told:
        return []
    section = "campaign (response simulated)"
    if "refused_why" in told:
        return [(section, "the platform would not have it", told["refused_why"])]
    truth = told["truth"]
    rows = [
        (section, "switched pushes on, drawn", f"{told['willing']}, {told['members']}"),
        (section, "held out by chance", f"{100 * told['hold_out_ppm'] / 1_000_000:.0f} %"),
        (section, "pushed to, refused by rule", f"{told['pushed']}, {told['refused']}"),
    ]
    if told["members"] > told["willing"]:
        others = f"{told['members'] - told['willing']} people, who respond to nothing any more"
        rows.append((section, "drawn of earlier replays as well", others))
    if not told["pushed"]:
        return [*rows, (section, "why nobody was pushed to", "the law's hours, or its caps")]
    return [
        *rows,
        (section, "applied again: drawn to push", _percent(told["response_push"])),
        (section, "applied again: held out", _percent(told["response_hold_out"])),
        (section, "uplift, measured", _percent(told["uplift"])),
        (section, "uplift, the simulated truth",
         f"{100 * truth['added']:.1f} % of whom a push reached ({told['reached']} people)"),
        (section, "incremental value: lent more a member drawn to push",
         _yuan(told["added_per_member_minor"])),
        *[
            (section, f"stratum {one['name']}: {one['push']} to push, {one['hold_out']} held out",
             f"respond unasked {_percent(one['propensity'])}, uplift {_percent(one['uplift'])}")
            for one in told["strata"]
        ],
    ]  # fmt: skip


def _percent(figure: dict[str, Any]) -> str:
    return _interval(figure, 100.0, " %")


def _yuan(figure: dict[str, Any]) -> str:
    return _interval(figure, 0.01, " yuan")


def _interval(figure: dict[str, Any], scale: float, unit: str) -> str:
    value = f"{scale * figure['value']:.1f}{unit}"
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return f"{value} (too few to tell how sure)"
    return f"{value} (95 %: {scale * low:.1f} to {scale * high:.1f})"


def _luck(name: str, row: int) -> int:
    digest = hashlib.sha256(f"{name} {row}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % THOUSAND
