"""The letters a declined application is owed, by the pack: text, document, and the log of both.

The pack says which letters are owed, until when, and which fields they must have; here they are
filled from the stored answer alone, so that a letter gives the very reasons of the decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import msgspec

from tongtu.contracts.api import LETTER
from tongtu.funding.api import Book
from tongtu.identity.api import Caller
from tongtu.journey.needs import Lending, Printing, UnderLaw
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict
from tongtu.notice.api import GivenLetter, log_letters
from tongtu.origination.api import ApplicationView, Outcome, find_application
from tongtu.policy.api import Pack, UnknownParameter

LANGUAGES = ("zh", "en")
# Who says no where no lender was asked, and what a letter is called.
PLATFORM = {"zh": "通途平台（没有送到任何贷款机构）", "en": "Tongtu (no lender was asked)"}
TITLES = {"zh": "申请结果通知", "en": "Notice about your application"}
REVIEW_DAYS = "human_review_days"
# What a platform says of itself where a law asks; the illustrative packs of other countries do.
AGENCY = {"zh": "主管的监督机关", "en": "the supervisory agency of the creditor"}
DATABASE = {"zh": "未查询", "en": "none was consulted"}
_JOIN = {"zh": "；", "en": "; "}


class Office(Lending, Printing, UnderLaw, Protocol):
    """What writing letters needs of the running platform."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A declined application: the day, who said no and why, by language, dearest reason first."""

    decided_on: date
    senders: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Written:
    """One letter in one language."""

    letter: str
    language: str
    due_on: date | None
    text: str

    @property
    def sha256(self) -> bytes:
        """The hash of its very text."""
        return hashlib.sha256(self.text.encode()).digest()


def write_letters(pack: Pack, refusal: Refusal, at: date) -> tuple[Written, ...]:
    """Return every letter the pack says is owed for a refusal, in the pack's languages.

    Raises Broken: a field the law asks for is not known.
    """
    languages = [one for one in LANGUAGES if one in pack.content.languages]
    count = len(refusal.senders[LANGUAGES[0]])
    owed = pack.owed([_facts(refusal)] * count, at)
    found = []
    for one in owed:
        for language in languages:
            names = [refusal.senders[language][place] for place in one.senders]
            values = _values(pack, refusal, (language, names), at)
            text = pack.letter(one.letter, language, values)
            found.append(Written(one.letter, language, one.due_on, text))
    return tuple(found)


def _facts(refusal: Refusal) -> Mapping[str, object]:
    """Return what each sender did; what no refusal does is said, so that nothing else is owed."""
    return {
        "is_declined": True,
        "outcome": "declined",
        "creditor_action": "declined",
        "is_credit_of_another_accepted": False,
        "is_counteroffer_accepted": False,
        "is_materially_worse": False,
        "is_bad_record": False,
        "is_signed": False,
        "decided_on": refusal.decided_on,
        "completed_on": refusal.decided_on,
    }


def _values(
    pack: Pack, refusal: Refusal, to: tuple[str, Sequence[str]], at: date
) -> Mapping[str, str]:
    language, names = to
    joined = _JOIN[language].join(names)
    try:
        days = str(pack.param(REVIEW_DAYS, at))
    except UnknownParameter:  # a country without a clock for it; a letter that needs one refuses
        days = ""
    return {
        "lenders": joined,
        "creditors": joined,
        "reasons": _JOIN[language].join(refusal.reasons[language]),
        "human_review_days": days,
        "agency": AGENCY[language],
        "database": DATABASE[language],
    }


def refusal_of(view: ApplicationView, book: Book) -> Refusal:
    """Return the refusal a stored answer tells. Raises Conflict: it was not declined."""
    if view.outcome is not Outcome.DECLINED:
        raise Conflict("this application was not declined", code="not_declined")
    answer: dict[str, Any] = msgspec.json.decode(view.answer)
    names = {one.id: {"zh": one.zh, "en": one.en} for one in book.lenders}
    silent = [one["lender"] for one in answer["not_offered"]]
    return Refusal(
        view.business_date,
        {
            # A lender that has left the book since is named by its id.
            language: tuple(names.get(one, {}).get(language, one) for one in silent)
            or (PLATFORM[language],)
            for language in LANGUAGES
        },
        {
            language: tuple(one[f"text_{language}"] for one in answer["reasons"])
            for language in LANGUAGES
        },
    )


async def give_letters(office: Office, caller: Caller, application: int) -> tuple[Written, ...]:
    """Return the letters of the caller's declined application; that they were given is logged.

    Raises:
        NotFound: no such application of the caller's.
        Conflict: it was not declined.
    """
    runtime = office.runtime
    at = runtime.clock.now()
    async with runtime.database.transaction() as connection:
        view = await find_application(connection, caller, application)
        today = business_date_of(at, runtime.settings.zone)
        letters = write_letters(office.pack, refusal_of(view, office.book), today)
        rows = [
            GivenLetter(
                caller.cell, application, one.letter, one.language, office.pack.hash, one.sha256,
                one.due_on, at,
            )
            for one in letters
        ]  # fmt: skip
        await log_letters(connection, rows)
    return letters


async def print_letters(office: Office, caller: Caller, application: int, language: str) -> bytes:
    """Return the letters of a declined application in one language as a PDF."""
    letters = await give_letters(office, caller, application)
    day = business_date_of(office.runtime.clock.now(), office.runtime.settings.zone)
    data = {
        "title": TITLES[language],
        "platform": "Tongtu 通途",
        "number": office.runtime.public.show("application", application),
        "business_date": day.isoformat(),
        "texts": [one.text for one in letters if one.language == language],
    }
    return await office.press.print(data, language, LETTER)
