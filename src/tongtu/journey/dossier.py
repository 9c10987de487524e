"""The evidence bundle of a signed contract, put together from where each part is kept."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tongtu.contracts.api import (
    Acknowledged,
    Agreement,
    AgreementStatus,
    Binding,
    ConsentKept,
    Disclosure,
    Dossier,
    NamedConsent,
    binding_json,
    bound_consents,
    clauses_json,
    find_acknowledged,
    find_agreement,
    find_disclosure,
    pack,
    read_document,
    read_salt,
    reading_json,
    table_json,
)
from tongtu.evidence.api import Pending, commitment, log_signer, proof, to_bundle
from tongtu.identity.api import Caller, Consent, ShownText, consent_openings, list_ledger
from tongtu.journey.needs import Printing, UnderLaw
from tongtu.kernel.errors import Conflict
from tongtu.runtime.api import Connection, Runtime

# The language of the paper that decides.
LANGUAGE = "zh"
RETRY_AFTER_S = 2


class _Needs(Printing, UnderLaw, Protocol):
    """What a bundle needs of the running platform."""


async def contract_bundle(papers: _Needs, caller: Caller, agreement: int) -> bytes:
    """Return the bundle of a signed agreement of the caller's own, as a zip.

    Raises:
        NotFound: there is no such agreement.
        Conflict: it is not signed (`wrong_step`), or the log has not come so far (`proof_pending`).
    """
    runtime = papers.runtime
    async with runtime.database.reading() as connection:
        found = await find_agreement(connection, runtime, agreement, caller.subject)
        if found.status is not AgreementStatus.SIGNED or found.signed_sha256 is None:
            raise Conflict("nothing is signed that could be proved", code="wrong_step")
        shown, _ = await find_disclosure(connection, runtime, found.offer, caller.subject)
        reading = _reading(shown)
        known = await find_acknowledged(connection, runtime, found.offer, caller.subject)
        clauses = clauses_json(shown.sha256, known) if known else None
        signed_salt = await read_salt(connection, runtime, found)
        proofs = {
            "agreement": await _proved(
                connection, runtime, ("agreement", found.id, "agreement"),
                (signed_salt, found.signed_sha256),
            ),
            "disclosure": await _proved(
                connection, runtime, ("disclosure", found.offer, "offer"),
                (shown.salt, shown.sha256),
            ),
            "reading": await _proved(
                connection, runtime, ("reading", found.offer, "offer"), (shown.salt, reading)
            ),
        }  # fmt: skip
        if clauses is not None:
            proofs["clauses"] = await _proved(
                connection, runtime, ("clauses", found.offer, "offer"), (shown.salt, clauses)
            )
        if found.binding is not None:
            proofs["binding"] = await _proved(
                connection, runtime, ("binding", found.id, "agreement"),
                (signed_salt, found.binding.encode()),
            )  # fmt: skip
        return pack(
            Dossier(
                agreement=runtime.public.show("agreement", found.id),
                paper=await read_document(connection, runtime, found),
                root=papers.press.root,
                table=table_json(shown.table),
                reading=reading,
                proofs=proofs,
                consents=await _consents(connection, papers, caller, found.binding),
                clauses=clauses,
                binding=found.binding,
            )
        )


async def bound(
    connection: Connection,
    papers: UnderLaw,
    caller: Caller,
    of: tuple[Agreement, Disclosure, Sequence[Acknowledged]],
) -> Agreement:
    """Return a signed agreement with all that its signature rests on, named at this moment."""
    (signed, shown, known), public = of, papers.runtime.public
    assert signed.signed_sha256 is not None
    read = await _shown(connection, caller)
    named = [
        NamedConsent(
            public.show("consent", one.id), commitment(salt, payload), *_text_of(papers, one, read)
        )
        for one, salt, payload in await consent_openings(connection, caller)
    ]
    binding = Binding(
        agreement=public.show("agreement", signed.id),
        offer=public.show("offer", signed.offer),
        party=public.show("party", signed.party),
        paper=signed.signed_sha256,
        table=shown.sha256,
        reading=hashlib.sha256(_reading(shown)).digest(),
        clauses=hashlib.sha256(clauses_json(shown.sha256, known)).digest(),
        consents=named,
    )
    return dataclasses.replace(signed, binding=binding_json(binding))


def _reading(shown: Disclosure) -> bytes:
    assert shown.confirmed_at is not None, "what is signed was confirmed"
    return reading_json(shown.sha256, (shown.shown_at, shown.readable_at, shown.confirmed_at))


async def _consents(
    connection: Connection, papers: _Needs, caller: Caller, binding: str | None
) -> list[ConsentKept]:
    """Return the consents that a signature named, without a binding those that are live."""
    public, named = papers.runtime.public, None
    if binding is not None:
        bound_ones = bound_consents(binding)
        named = {public.read("consent", one.consent): one for one in bound_ones}
    shown = await _shown(connection, caller)
    kept = []
    for consent, salt, payload in await consent_openings(connection, caller, named):
        about = ("consent", consent.id, "consent")
        proved = await _proved(connection, papers.runtime, about, (salt, payload))
        words = _text_of(papers, consent, shown)
        if named is not None:
            words = named[consent.id].title, named[consent.id].text
        kept.append(ConsentKept(*words, proved))
    return kept


async def _shown(connection: Connection, caller: Caller) -> dict[int, ShownText]:
    """Return the words that each consent was given to, where they were kept."""
    ledger = await list_ledger(connection, caller)
    return {one.consent.id: one.shown for one in ledger if one.shown is not None}


def _text_of(papers: UnderLaw, consent: Consent, shown: Mapping[int, ShownText]) -> tuple[str, str]:
    """Return title and text of a consent as it was shown, or else in the words of its version."""
    if (read := shown.get(consent.id)) is not None:
        return read.title, read.text
    for one in papers.pack.content.consents:
        if (one.scope, one.version) == (consent.scope.value, consent.version):
            return one.title[LANGUAGE], one.text[LANGUAGE]
    return consent.scope.value, ""


async def _proved(
    connection: Connection,
    runtime: Runtime,
    about: tuple[str, int, str],
    opening: tuple[bytes, bytes],
) -> Mapping[str, Any]:
    kind, subject, id_kind = about
    # That a consent was withdrawn is an entry of the same subject, newer than that it was given.
    committed = commitment(*opening) if kind == "consent" else None
    found = await proof(connection, kind, subject, committed)
    if isinstance(found, Pending):
        raise Conflict(
            "the log has not come so far; ask again in a moment",
            code="proof_pending",
            retry_after_s=RETRY_AFTER_S,
        )
    shown = runtime.public.show(id_kind, subject)
    return to_bundle(found, log_signer(runtime).key, subject=shown, opening=opening)
