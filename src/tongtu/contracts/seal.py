"""PAdES-B signatures by pyHanko, and the verdict on a signed paper. Runs off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import cms as asn1_cms  # type: ignore[import-untyped]  # ships no types
from asn1crypto import keys as asn1_keys
from asn1crypto import parser as asn1_parser
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tongtu.contracts.authority import Leaf
from tongtu.contracts.cms import sign_digest

FIELD = "Borrower"
# Room for the CMS object: one chain of two small certificates takes about 1 kB.
RESERVED_BYTES = 12_288


class SealState(StrEnum):
    """What a check of a paper found."""

    VALID = "valid"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown_signer"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a check. `draft_sha256` names the bytes the signer saw."""

    state: SealState
    signer: str | None = None
    signed_at: datetime | None = None
    draft_sha256: bytes | None = None


def sign(draft: bytes, leaf: Leaf, at: datetime, reason: str) -> bytes:
    """Return `draft` with one PAdES-B signature appended; its first bytes are the draft itself."""
    writer = IncrementalPdfFileWriter(io.BytesIO(draft))
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(leaf.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(leaf.key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        embed_roots=False,  # a verifier brings its own; so every byte of the paper is checked
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
    )
    session = signers.PdfSigner(metadata, signer).init_signing_session(writer)
    session.system_time = at  # the platform's clock, not the machine's
    paper = session.prepare_tbs_document(
        validation_info=None, bytes_reserved=RESERVED_BYTES, appearance_text_params=None
    )
    output = io.BytesIO()
    prepared, _ = paper.digest_tbs_document(output=output)
    prepared.fill_with_cms(output, sign_digest(prepared.document_digest, leaf, at))
    return output.getvalue()


def verify_agreement(document: bytes, root: bytes) -> Verdict:
    """Check a signed paper against the authority's root certificate; needs no server of ours."""
    try:
        signatures = PdfFileReader(io.BytesIO(document)).embedded_signatures
        if not signatures:
            return Verdict(SealState.UNSIGNED)
        check = _verify(document, signatures[0], root, count=len(signatures))
        with ThreadPoolExecutor(1) as thread:  # a caller may stand in an event loop of its own
            return thread.submit(asyncio.run, check).result()
    except Exception:  # noqa: BLE001 - a hostile file may break the parser anywhere, in any way
        return Verdict(SealState.UNREADABLE)


async def _verify(
    document: bytes, embedded: EmbeddedPdfSignature, root: bytes, *, count: int
) -> Verdict:
    embedded.compute_integrity_info()  # type: ignore[no-untyped-call]
    claimed = embedded.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root)],
        allow_fetching=False,
        moment=claimed,
    )
    status = await async_validate_pdf_signature(embedded, signer_validation_context=context)
    signer = status.signing_cert.subject.native.get("common_name")
    if count != 1 or not (status.intact and status.valid) or not _covers_all(document, embedded):
        return Verdict(SealState.CHANGED, signer, claimed)
    if not status.trusted:
        return Verdict(SealState.UNKNOWN_SIGNER, signer, claimed)
    draft = hashlib.sha256(document[: _draft_length(embedded)]).digest()
    return Verdict(SealState.VALID, signer, claimed, draft)


def _covers_all(document: bytes, embedded: EmbeddedPdfSignature) -> bool:
    """Tell whether no byte stands outside what is signed, but the one true form of its CMS."""
    start, first, second, rest = (int(number) for number in embedded.byte_range)
    contents = embedded.pkcs7_content
    length = asn1_parser.peek(contents)
    return (
        start == 0
        and second + rest == len(document)
        and document[first:second] == b"<" + contents.hex().upper().encode() + b">"
        and not contents[length:].strip(b"\0")
        and contents[:length] == _written_again(contents[:length])
    )


def _written_again(der: bytes) -> bytes:
    """Return the CMS rebuilt from its protected parts: certificate, signed attributes, signature.

    CMS leaves some of its own fields unsigned; rebuilding leaves no room to change them.
    """
    data = asn1_cms.ContentInfo.load(der)["content"]
    told = data["signer_infos"][0]
    signer = {
        "version": "v1",
        "sid": told["sid"],
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": told["signed_attrs"],
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": told["signature"],
    }
    content = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [data["certificates"][0]],
        "signer_infos": [asn1_cms.SignerInfo(signer)],
    }
    info = {"content_type": "signed_data", "content": asn1_cms.SignedData(content)}
    again: bytes = asn1_cms.ContentInfo(info).dump()
    return again


def _draft_length(embedded: EmbeddedPdfSignature) -> int:
    """Return where the revision before the signature ends: where its first own object begins."""
    xrefs = embedded.reader.xrefs
    revision = embedded.signed_revision
    places = (
        xrefs.get_historical_ref(ref, revision) for ref in xrefs.explicit_refs_in_revision(revision)
    )
    return min(place for place in places if isinstance(place, int))
