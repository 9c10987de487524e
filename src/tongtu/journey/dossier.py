"""The evidence bundle of a signed contract, put together from where each part is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tongtu.contracts.api import (
    AgreementStatus,
    ConsentKept,
    Dossier,
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
from tongtu.evidence.api import Pending, log_signer, proof, to_bundle
from tongtu.identity.api import Caller, consent_openings
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
        assert shown.confirmed_at is not None, "what is signed was confirmed"
        reading = reading_json(
            shown.sha256, (shown.shown_at, shown.readable_at, shown.confirmed_at)
        )
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
        return pack(
            Dossier(
                agreement=runtime.public.show("agreement", found.id),
                paper=await read_document(connection, runtime, found),
                root=papers.press.root,
                table=table_json(shown.table),
                reading=reading,
                proofs=proofs,
                consents=await _consents(connection, papers, caller),
                clauses=clauses,
            )
        )


async def _consents(connection: Connection, papers: _Needs, caller: Caller) -> list[ConsentKept]:
    """Return the consents that are live, in the words of their version."""
    texts = {(one.scope, one.version): one for one in papers.pack.content.consents}
    kept = []
    for consent, salt, payload in await consent_openings(connection, caller):
        text = texts.get((consent.scope.value, consent.version))
        about = ("consent", consent.id, "consent")
        proved = await _proved(connection, papers.runtime, about, (salt, payload))
        title = text.title[LANGUAGE] if text else consent.scope.value
        kept.append(ConsentKept(title, text.text[LANGUAGE] if text else "", proved))
    return kept


async def _proved(
    connection: Connection,
    runtime: Runtime,
    about: tuple[str, int, str],
    opening: tuple[bytes, bytes],
) -> Mapping[str, Any]:
    kind, subject, id_kind = about
    found = await proof(connection, kind, subject)
    if isinstance(found, Pending):
        raise Conflict(
            "the log has not come so far; ask again in a moment",
            code="proof_pending",
            retry_after_s=RETRY_AFTER_S,
        )
    shown = runtime.public.show(id_kind, subject)
    return to_bundle(found, log_signer(runtime).key, subject=shown, opening=opening)
