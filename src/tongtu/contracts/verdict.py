"""The verdict on a signed paper: who signed, when, and that no byte was changed; offline."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]  # ships no types
from asn1crypto import parser as asn1_parser
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from tongtu.contracts.cms import token_of, written_again
from tongtu.contracts.seal import BORROWER
from tongtu.kernel.errors import BadInput

# Borrower, lenders of a joint loan, guarantor; more is no paper of ours.
SIGNATURES_MAX = 16


class SealState(StrEnum):
    """What a check of a paper found."""

    VALID = "valid"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown_signer"
    REVOKED = "signed_after_revocation"
    UNREADABLE = "unreadable"


class Level(StrEnum):
    """How long a signature can be checked (ETSI EN 319 142-1)."""

    B_B = "B-B"  # the time is the signer's own word
    B_LT = "B-LT"  # an authority stamped the time; what was revoked stands in the paper


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature of a paper: its field tells the role."""

    field: str
    signer: str | None
    at: datetime | None
    level: Level
    serial: int = dataclasses.field(
        default=0, compare=False
    )  # of the certificate: it is revoked by it


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a check; `signer` is the first one. `draft_sha256` names the bytes they saw."""

    state: SealState
    signer: str | None = None
    signed_at: datetime | None = None
    draft_sha256: bytes | None = None
    signatures: tuple[Signed, ...] = ()


def verify_agreement(document: bytes, root: bytes, crl: bytes | None = None) -> Verdict:
    """Check a signed paper against the authority's root certificate; needs no server of ours.

    `crl` is a newer list of revoked certificates than those in the paper (DER): who signed at or
    after the instant at which theirs was revoked is not believed, whatever list the paper brings.

    Raises:
        BadInput: `crl` is no list of that authority.
    """
    revoked = {} if crl is None else _revoked(crl, root)
    try:
        reader = PdfFileReader(io.BytesIO(document))
        signatures = reader.embedded_signatures
        if not signatures:
            return Verdict(SealState.UNSIGNED)
        check = _verify(document, signatures, root)
        with ThreadPoolExecutor(1) as thread:  # a caller may stand in an event loop of its own
            found = thread.submit(asyncio.run, check).result()
    except Exception:  # noqa: BLE001 - a hostile file may break the parser anywhere, in any way
        return Verdict(SealState.UNREADABLE)
    is_late = any(
        one.at is not None and one.serial in revoked and revoked[one.serial] <= one.at
        for one in found.signatures
    )
    return replace(found, state=SealState.REVOKED, draft_sha256=None) if is_late else found


def _revoked(crl: bytes, root: bytes) -> dict[int, datetime]:
    """Return since when each certificate is revoked. Raises BadInput."""
    try:
        told = x509.load_der_x509_crl(crl)
        authority = x509.load_der_x509_certificate(root)
        is_genuine = told.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError):
        is_genuine = False
    if not is_genuine:
        raise BadInput("this is no list of revoked certificates of that authority")
    return {one.serial_number: one.revocation_date_utc for one in told}


async def _verify(document: bytes, signatures: list[EmbeddedPdfSignature], root: bytes) -> Verdict:
    found: list[Signed] = []
    state = SealState.VALID
    crls = _crls(signatures[0])
    for number, embedded in enumerate(signatures[:SIGNATURES_MAX]):
        one, its_state = await _verify_one(embedded, root, crls)
        is_last = number == len(signatures) - 1
        if not _is_exact(document, embedded, is_last=is_last):
            its_state = SealState.CHANGED
        found.append(one)
        if state is SealState.VALID:
            state = its_state
    is_one = len(signatures) <= SIGNATURES_MAX and _is_one_paper(signatures, found)
    if state is SealState.VALID and not is_one:
        state = SealState.CHANGED
    first = found[0]
    if state is not SealState.VALID:
        return Verdict(state, first.signer, first.at, None, tuple(found))
    draft = hashlib.sha256(document[: _draft_length(signatures[0])]).digest()
    return Verdict(state, first.signer, first.at, draft, tuple(found))


def _is_one_paper(signatures: list[EmbeddedPdfSignature], found: list[Signed]) -> bool:
    """Tell whether each signed by a key of its own, and none of the stamps was taken away.

    Nobody signs what stands beside a signature, so a stamp can be left out unseen by the CMS. Of
    before there were stamps are papers that the borrower alone signed, by a key made for that one
    signature; they bring no list of who was revoked. Whoever keeps a key is not believed the time.
    """
    keys = {one.signer_cert.public_key.dump() for one in signatures}
    if len(keys) < len(signatures):
        return False
    if all(one.level is Level.B_LT for one in found):
        return True
    return [one.field for one in found] == [BORROWER] and not _crls(signatures[0])


async def _verify_one(
    embedded: EmbeddedPdfSignature, root: bytes, crls: list[asn1_crl.CertificateList]
) -> tuple[Signed, SealState]:
    embedded.compute_integrity_info()  # type: ignore[no-untyped-call]
    is_stamped = token_of(embedded.signer_info) is not None
    claimed = embedded.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root)],
        allow_fetching=False,
        moment=claimed,
        crls=crls,
        # A stamped paper brings its revocation list; without one nobody is believed.
        revocation_mode="require" if is_stamped else "soft-fail",
    )
    status = await async_validate_pdf_signature(embedded, signer_validation_context=context)
    signer = status.signing_cert.subject.native.get("common_name")
    stamped = status.timestamp_validity
    at = stamped.timestamp if stamped is not None else claimed
    level = Level.B_LT if is_stamped else Level.B_B
    serial = int(status.signing_cert.serial_number)
    one = Signed(str(embedded.field_name), signer, at, level, serial)
    if not (status.intact and status.valid) or not status.docmdp_ok:
        return one, SealState.CHANGED
    if is_stamped and not (stamped and stamped.intact and stamped.valid and _is_at(at, claimed)):
        return one, SealState.CHANGED
    is_trusted = status.trusted and (not is_stamped or (stamped is not None and stamped.trusted))
    return one, SealState.VALID if is_trusted else SealState.UNKNOWN_SIGNER


def _is_at(stamped: datetime | None, claimed: datetime | None) -> bool:
    """Tell whether a stamp's time is the claimed one, which a signature writes in whole seconds."""
    return stamped is not None and stamped.replace(microsecond=0) == claimed


def _crls(embedded: EmbeddedPdfSignature) -> list[asn1_crl.CertificateList]:
    """Return the revocation lists that the paper brings, as they stood with its first signature."""
    try:
        store = DocumentSecurityStore.read_dss(embedded.reader)
    except ValueError:
        return []
    return [
        asn1_crl.CertificateList.load(ref.get_object().data)
        for ref in store.crls
        if ref is not None
    ]


def _is_exact(document: bytes, embedded: EmbeddedPdfSignature, *, is_last: bool) -> bool:
    """Tell whether no byte stands outside what is signed, but the one true form of its CMS."""
    start, first, second, rest = (int(number) for number in embedded.byte_range)
    contents = embedded.pkcs7_content
    length = asn1_parser.peek(contents)
    return (
        start == 0
        and (second + rest == len(document) or not is_last)
        and document[first:second] == b"<" + contents.hex().upper().encode() + b">"
        and not contents[length:].strip(b"\0")
        and contents[:length] == written_again(contents[:length])
    )


def _draft_length(embedded: EmbeddedPdfSignature) -> int:
    """Return where the revision before the signature ends: where its first own object begins."""
    xrefs = embedded.reader.xrefs
    revision = embedded.signed_revision
    places = (
        xrefs.get_historical_ref(ref, revision) for ref in xrefs.explicit_refs_in_revision(revision)
    )
    return min(place for place in places if isinstance(place, int))
