"""GET, POST /v1/me/consents, DELETE /v1/me/consents/{co_id}: one purpose, one recipient each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import filled_text
from tongtu.identity.api import (
    Consent,
    ConsentEntry,
    Grant,
    Role,
    Scope,
    ShownText,
    ShownTexts,
    grant_consents,
    list_ledger,
    once,
)
from tongtu.journey.api import take_back_consent
from tongtu.kernel.errors import BadInput, Conflict
from tongtu.kernel.ids import LenderId
from tongtu.runtime.api import Connection

ScopeName = Literal[
    "identity_check", "automated_decision", "bureau_query", "marketing", "face", "share_lender",
    "tax_query", "social_insurance_query", "operator_query",
]  # fmt: skip


class GrantAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One consent; sharing names the lender it is about."""

    scope: ScopeName
    recipient: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,32}$")] | None = None


class GrantsAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The consents a person gives to one version of the texts they were shown."""

    grants: Annotated[list[GrantAsked], msgspec.Meta(min_length=1, max_length=48)]
    version: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{1,32}$")]
    language: Literal["zh", "en"] = "zh"


class ConsentShown(msgspec.Struct, frozen=True):
    """A live consent."""

    id: str
    scope: str
    recipient: str | None
    version: str
    granted_at: datetime


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A consent of the ledger: what was read, when it was given, and when it was taken back.

    Without title and text it is from before texts were kept; its version names the texts. `name`
    and `now` are the title and text of today, which giving it anew would agree to; `is_latest`: the
    last word on this purpose and recipient.
    """

    id: str
    scope: str
    recipient: str | None
    name_zh: str
    name_en: str
    now_zh: str
    now_en: str
    is_latest: bool
    version: str
    granted_at: datetime
    withdrawn_at: datetime | None
    language: str | None
    title: str | None
    text: str | None


class LedgerShown(msgspec.Struct, frozen=True):
    """Every consent one ever gave, newest first; `version` is that of the texts of today."""

    version: str
    items: list[EntryShown]


class ConsentsShown(msgspec.Struct, frozen=True):
    """All consents that are live now."""

    consents: list[ConsentShown]


@get("/v1/me/consents", opt=allow(Role.BORROWER))
async def show_ledger(parts: GivenParts, caller: GivenCaller) -> LedgerShown:
    """Return every consent the caller gave or took back, each with the text they were shown."""
    async with parts.runtime.database.reading() as connection:
        found = await list_ledger(connection, caller)
    seen: set[tuple[Scope, int]] = set()
    items = []
    for one in found:
        about = (one.consent.scope, one.consent.recipient)
        items.append(_entry(parts, one, is_latest=about not in seen))
        seen.add(about)
    return LedgerShown(parts.consent_version, items)


@post(
    "/v1/me/consents",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[GrantsAsked],
    return_dto=None,
)
async def grant(
    data: JSONBody[GrantsAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ConsentsShown:
    """Grant consents to the texts in force; texts that changed meanwhile are to be read again."""
    if data.version != parts.consent_version:
        raise Conflict("the consent texts have changed; please read them again", code="stale_texts")
    grants = [_grant_of(parts, asked) for asked in data.grants]
    read = {one: _shown_text(parts, one, data.language) for one in grants}
    texts = ShownTexts(data.version, read)

    async def effect(connection: Connection) -> bytes:
        live = await grant_consents(connection, parts.runtime, caller, grants, texts)
        return _encoded(parts, live)

    answer = await once(parts.runtime, caller, "grant_consents", command, effect)
    return stored(answer, ConsentsShown)


@delete("/v1/me/consents/{consent:str}", status_code=200, opt=allow_write(Role.BORROWER))
async def withdraw(
    consent: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ConsentsShown:
    """Withdraw one consent; what was done with it before stays as it was."""
    identifier = read_id(parts, "consent", consent)

    async def effect(connection: Connection) -> bytes:
        live = await take_back_consent(connection, parts.runtime, caller, identifier)
        return _encoded(parts, live)

    answer = await once(parts.runtime, caller, "withdraw_consent", command, effect)
    return stored(answer, ConsentsShown)


def show_consent(parts: Parts, consent: Consent) -> ConsentShown:
    """Return a consent as its giver sees it."""
    return ConsentShown(
        id=parts.runtime.public.show("consent", consent.id),
        scope=consent.scope.value,
        recipient=_lender_id(parts, consent.recipient),
        version=consent.version,
        granted_at=consent.granted_at,
    )


def _grant_of(parts: Parts, asked: GrantAsked) -> Grant:
    scope = Scope(asked.scope)
    if (asked.recipient is None) != (scope is not Scope.SHARE_LENDER):
        raise BadInput("sharing names its lender, and nothing else does", code="bad_consents")
    if asked.recipient is None:
        return Grant(scope)
    lender = parts.book.find_lender(asked.recipient)
    if lender is None:
        raise BadInput("there is no such lender", code="bad_consents")
    return Grant(scope, lender.number)


def _shown_text(parts: Parts, grant: Grant, language: str) -> ShownText:
    """Return what the page shows for a grant, with its recipient and figures filled in."""
    texts = (one for one in parts.pack.content.consents if one.scope == grant.scope.value)
    text = next(texts, None)
    if text is None:  # given under a law of before, which asked for it
        return ShownText(language, grant.scope.value, "")
    title, body = text.title[language], filled_text(parts, text, language)
    if grant.recipient:
        lender = parts.book.lender(LenderId(grant.recipient))
        name = lender.zh if language == "zh" else lender.en
        title, body = (one.replace("{recipient}", name) for one in (title, body))
    return ShownText(language, title, body)


def _entry(parts: Parts, entry: ConsentEntry, *, is_latest: bool) -> EntryShown:
    consent, shown = entry.consent, entry.shown
    about = Grant(consent.scope, consent.recipient)
    zh, en = (_shown_text(parts, about, language) for language in ("zh", "en"))
    return EntryShown(
        id=parts.runtime.public.show("consent", consent.id),
        scope=consent.scope.value,
        recipient=_lender_id(parts, consent.recipient),
        name_zh=zh.title,
        name_en=en.title,
        now_zh=zh.text,
        now_en=en.text,
        is_latest=is_latest,
        version=consent.version,
        granted_at=consent.granted_at,
        withdrawn_at=entry.withdrawn_at,
        language=None if shown is None else shown.language,
        title=None if shown is None else shown.title,
        text=None if shown is None else shown.text,
    )


def _lender_id(parts: Parts, number: int) -> str | None:
    return parts.book.lender(LenderId(number)).id if number else None


def _encoded(parts: Parts, live: list[Consent]) -> bytes:
    return msgspec.json.encode(ConsentsShown([show_consent(parts, each) for each in live]))


ROUTES = (show_ledger, grant, withdraw)
