"""The evidence bundle of a contract: one zip that proves who signed what, after how long a look.

It holds the signed paper, the cost table as it was shown, the times of the reading, the consents
with their texts, and for each of them the proof that its fingerprint stands in the log. What was
written with the signature, the binding, names all of them: none can be another's, or left out.
Checked by `verify_dossier` with none of our servers. It holds personal data: it is its party's own.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongtu.contracts.clauses import Clause
from tongtu.contracts.dossier_file import read_instant, read_object, read_word, shown, unpack
from tongtu.contracts.seal import BORROWER
from tongtu.contracts.verdict import SealState, Verdict, verify_agreement
from tongtu.evidence.api import Trust, payload_of, verify
from tongtu.kernel.errors import BadInput

FORMAT = "tongtu-contract-2"
# Of contracts signed before there was a binding.
UNBOUND = "tongtu-contract-1"
MANIFEST, PAPER, ROOT, BINDING = "manifest.json", "agreement.pdf", "root.der", "binding.json"
TABLE, READING, CLAUSES = "disclosure.json", "reading.json", "clauses.json"
# The same contents give the same bytes: a zip has no time of its own.
_EPOCH = (1980, 1, 1, 0, 0, 0)

Proofs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConsentKept:
    """A consent: the text as it was shown, and its proof with the opening."""

    title: str
    text: str
    proof: Proofs


@dataclass(frozen=True, slots=True)
class NamedConsent:
    """A consent that a signature rests on: its id, its commitment in the log, its words."""

    consent: str
    leaf: bytes
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Binding:
    """What a signature rests on: public ids, hashes of the paper, table, reading, clauses."""

    agreement: str
    offer: str
    party: str
    paper: bytes
    table: bytes
    reading: bytes
    clauses: bytes
    consents: Sequence[NamedConsent]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a bundle is made of. Each proof carries its opening (salt and payload).

    `binding` is None for a contract signed before there was one.
    """

    agreement: str
    paper: bytes
    root: bytes
    table: str
    reading: bytes
    proofs: Mapping[str, Proofs]  # of agreement, disclosure, reading; clauses, binding where known
    consents: Sequence[ConsentKept]
    clauses: bytes | None = None  # papers signed before clauses were recorded have none
    binding: str | None = None


@dataclass(frozen=True, slots=True)
class DossierTrust:
    """Whose word is taken: of the log and its witnesses, and the root certificate (DER).

    `crl` is a newer list of revoked certificates than the paper's own (DER).
    """

    log: Trust
    root: bytes | None = None
    crl: bytes | None = None


def reading_json(table: bytes, times: tuple[datetime, datetime, datetime]) -> bytes:
    """Return what the log commits to of a reading: table, shown at, readable at, confirmed at.

    The times are the server's.
    """
    shown, readable, confirmed = (one.isoformat() for one in times)
    return _json(
        {"table": table.hex(), "shown_at": shown, "readable_at": readable,
         "confirmed_at": confirmed}
    )  # fmt: skip


def binding_json(binding: Binding) -> str:
    """Return what the log commits to when a contract is signed."""
    told = {
        "form": FORMAT,
        "agreement": binding.agreement,
        "offer": binding.offer,
        "party": binding.party,
        "paper": binding.paper.hex(),
        "table": binding.table.hex(),
        "reading": binding.reading.hex(),
        "clauses": binding.clauses.hex(),
        "consents": [
            {"consent": one.consent, "leaf": one.leaf.hex(), "title": one.title, "text": one.text}
            for one in binding.consents
        ],
    }
    return _json(told).decode()


def bound_consents(binding: str) -> list[NamedConsent]:
    """Return the consents that a binding of ours names, in the words of its day."""
    return [
        NamedConsent(one["consent"], bytes.fromhex(one["leaf"]), one["title"], one["text"])
        for one in json.loads(binding)["consents"]
    ]


def pack(dossier: Dossier) -> bytes:
    """Return the bundle as a zip; the same dossier gives the same bytes."""
    files = {
        PAPER: dossier.paper,
        ROOT: dossier.root,
        TABLE: dossier.table.encode(),
        READING: dossier.reading,
        **{f"proofs/{name}.json": _json(proof) for name, proof in dossier.proofs.items()},
    }
    if dossier.clauses is not None:
        files[CLAUSES] = dossier.clauses
    if dossier.binding is not None:
        files[BINDING] = dossier.binding.encode()
    for number, one in enumerate(dossier.consents, start=1):
        files[f"consents/{number}.txt"] = _page(one.title, one.text)
        files[f"proofs/consent-{number}.json"] = _json(one.proof)
    manifest = {
        "format": UNBOUND if dossier.binding is None else FORMAT,
        "agreement": dossier.agreement,
        "files": {name: hashlib.sha256(raw).hexdigest() for name, raw in sorted(files.items())},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in {MANIFEST: _json(manifest), **dict(sorted(files.items()))}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), raw, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def verify_dossier(raw: bytes, trust: DossierTrust) -> list[str]:
    """Return what the bundle proves, one sentence a line.

    Raises:
        BadInput: it does not; the message names the part.
    """
    files = unpack(raw)
    manifest = _checked_manifest(files)
    root = files[ROOT] if trust.root is None else trust.root
    paper = verify_agreement(files[PAPER], root, trust.crl)
    if paper.state is not SealState.VALID:
        raise BadInput(f"the paper is {paper.state.value}")
    _opened(files, "agreement", trust, hashlib.sha256(files[PAPER]).digest())
    _opened(files, "disclosure", trust, hashlib.sha256(files[TABLE]).digest())
    log = _opened(files, "reading", trust, files[READING])
    bound = _bound(files, manifest, paper, trust)
    whose = "the root in the file; compare it" if trust.root is None else "a root you trust"
    number = manifest["agreement"]
    said = [
        f"agreement {number}: the paper is whole, by {whose}"
        if manifest["format"] == FORMAT
        else f"a paper that the file says is agreement {number}: it is whole, by {whose}",
        *_signers(paper),
        _read(files, paper),
        *_clauses(files, paper, trust),
        *_consents(files, trust),
        bound,
    ]
    return [*said, log]


def _bound(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], paper: Verdict, trust: DossierTrust
) -> str:
    """Tell that the parts are those the signature rests on, or that nothing ties them together."""
    if manifest["format"] == UNBOUND:
        return (
            f"form {UNBOUND}, of before signatures named their parts: it only says itself that"
            " number, reading and consents belong to this paper; compare them with what it prints"
        )
    _opened(files, "binding", trust, files[BINDING])
    told = read_object(files[BINDING], BINDING)
    borrower = next((one.signer for one in paper.signatures if one.field == BORROWER), None)
    found = {
        "form": FORMAT,
        "agreement": manifest["agreement"],
        "party": borrower,
        "paper": hashlib.sha256(files[PAPER]).hexdigest(),
        "table": hashlib.sha256(files[TABLE]).hexdigest(),
        "reading": hashlib.sha256(files[READING]).hexdigest(),
        "clauses": hashlib.sha256(files.get(CLAUSES, b"")).hexdigest(),
    }
    if borrower is None:
        raise BadInput("the borrower has not signed the paper")
    if wrong := [name for name, value in found.items() if told.get(name) != value]:
        raise BadInput(f"the signature rests on another {wrong[0]} than the one in the bundle")
    named = told.get("consents")
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        raise BadInput("the binding cannot be read")
    pages = [_page(one.get("title"), one.get("text")) for one in named]
    leaves = [one.get("leaf") for one in named]
    if list(zip(leaves, pages, strict=True)) != _kept_consents(files):
        raise BadInput("the signature rests on other consents than those in the bundle")
    return (
        f"signature, table, reading, clauses and {len(named)} consents belong together:"
        f" {read_word(told['party'], BINDING)}"
    )


def _page(title: object, text: object) -> bytes:
    """Return a consent's words as they lie in a bundle."""
    return f"{title}\n\n{text}\n".encode()


def _kept_consents(files: Mapping[str, bytes]) -> list[tuple[object, bytes]]:
    """Return leaf and words of each consent in a bundle, by their numbers."""
    texts = sum(name.startswith("consents/") for name in files)
    kept: list[tuple[object, bytes]] = []
    for number in range(1, texts + 1):
        text = files.get(f"consents/{number}.txt")
        if text is None:
            raise BadInput("the consents are not numbered from 1")
        kept.append((_proof(files, f"consent-{number}").get("commitment"), text))
    return kept


def _signers(paper: Verdict) -> list[str]:
    return [
        f"signed as {shown(one.field)} by {shown(str(one.signer))} at {one.at} ({one.level.value})"
        for one in paper.signatures
    ]


def _read(files: Mapping[str, bytes], paper: Verdict) -> str:
    """Tell how long the table was read, by the server's times in the log; the table is that one."""
    told = read_object(files[READING], READING)
    if told.get("table") != hashlib.sha256(files[TABLE]).hexdigest():
        raise BadInput("the reading is of another cost table")
    try:
        began, readable, confirmed = (
            read_instant(told[name]) for name in ("shown_at", "readable_at", "confirmed_at")
        )
    except KeyError:
        raise BadInput("the reading has no times") from None
    if not began <= readable <= confirmed:
        raise BadInput("the cost table was confirmed before it could be read")
    if paper.signed_at is None or paper.signed_at < confirmed:
        raise BadInput("the paper was signed before the cost table was confirmed")
    read_s = int((confirmed - began).total_seconds())
    return f"the cost table was read for {read_s} s and confirmed at {confirmed}"


def _clauses(files: Mapping[str, bytes], paper: Verdict, trust: DossierTrust) -> list[str]:
    """Tell which clauses were acknowledged, each with its time, before the paper was signed."""
    if CLAUSES not in files:
        return ["no acknowledged clauses stand in this bundle"]
    _opened(files, "clauses", trust, files[CLAUSES])
    told = read_object(files[CLAUSES], CLAUSES)
    if told.get("table") != hashlib.sha256(files[TABLE]).hexdigest():
        raise BadInput("the clauses are of another cost table")
    said = []
    try:
        for one in told["clauses"]:
            words = [read_word(one[name], "the clauses") for name in ("id", "version")]
            clause = Clause(words[0], words[1], one["zh"], one["en"])
            at = read_instant(one["at"])
            if clause.sha256.hex() != one["sha256"]:
                raise BadInput(f"the clause {clause.id} is not what its hash says")
            if paper.signed_at is None or at > paper.signed_at:
                raise BadInput(f"the clause {clause.id} was acknowledged after the signature")
            said.append(f"clause '{clause.id}' (version {clause.version}) acknowledged at {at}")
    except (KeyError, TypeError, ValueError):
        raise BadInput("the clauses cannot be read") from None
    return said


def _consents(files: Mapping[str, bytes], trust: DossierTrust) -> list[str]:
    said = []
    for name in sorted(files):
        if not name.startswith("consents/"):
            continue
        number = name.removeprefix("consents/").removesuffix(".txt")
        proof = _proof(files, f"consent-{number}")
        _check(proof, trust)
        payload = read_object(payload_of(proof), name)
        title = shown(files[name].decode(errors="replace").partition("\n")[0])
        scope, version = (read_word(payload.get(one), name) for one in ("scope", "version"))
        at = read_instant(payload.get("granted_at"))
        said.append(f"consent '{title}' ({scope}, version {version}) given at {at.isoformat()}")
    return said


def _opened(files: Mapping[str, bytes], name: str, trust: DossierTrust, payload: bytes) -> str:
    """Check a proof and that it opens to `payload`; return its sentence."""
    proof = _proof(files, name)
    sentence = _check(proof, trust)
    if payload_of(proof) != payload:
        raise BadInput(f"the log proves another {name} than the one in the bundle")
    return sentence


def _check(proof: Proofs, trust: DossierTrust) -> str:
    verdict = verify(proof, trust=trust.log)
    if not verdict.is_valid:
        raise BadInput(verdict.sentence.removeprefix("NOT VERIFIED: ").removesuffix("."))
    return verdict.sentence


def _proof(files: Mapping[str, bytes], name: str) -> Proofs:
    proof = read_object(files.get(f"proofs/{name}.json", b""), f"the proof of {name}")
    if proof.get("kind") != name.partition("-")[0]:
        raise BadInput(f"the proof of {name} is one of something else")
    return proof


def _checked_manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    manifest = read_object(files.get(MANIFEST, b""), MANIFEST)
    if manifest.get("format") not in (FORMAT, UNBOUND):
        raise BadInput(f"the file is no bundle of the format {FORMAT}")
    if not isinstance(manifest.get("agreement"), str):
        raise BadInput("the manifest names no agreement")
    read_word(manifest["agreement"], MANIFEST)
    told = manifest.get("files")
    found = {
        name: hashlib.sha256(raw).hexdigest() for name, raw in files.items() if name != MANIFEST
    }
    if not isinstance(told, dict) or told != found:
        raise BadInput("a file of the bundle is not what its manifest says")
    parts = {PAPER, ROOT, TABLE, READING}
    if missing := (parts if manifest["format"] == UNBOUND else parts | {BINDING}) - set(found):
        raise BadInput(f"the bundle has no {min(missing)}")
    return manifest


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
