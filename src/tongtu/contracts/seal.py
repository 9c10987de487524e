"""PAdES signatures by pyHanko: the borrower's first, then those of lender and guarantor (B-LT).

Runs off the event loop. Each signature is an update of its own behind the bytes before it; what is
needed to check them in years (root, revocation list, time stamps) is written with the first one, so
that the last one covers every byte of the file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]  # ships no types
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tongtu.contracts.authority import Leaf
from tongtu.contracts.cms import sign_digest
from tongtu.contracts.tsa import TsaProvider

BORROWER, LENDER, GUARANTOR = "Borrower", "Lender", "Guarantor"
# Room for the CMS object: two certificates and a stamp take about 5 kB.
RESERVED_BYTES = 12_288


@dataclass(frozen=True, slots=True)
class Mark:
    """One signature to be put: in which field, by whom, and why."""

    field: str
    leaf: Leaf
    reason: str


@dataclass(frozen=True, slots=True)
class LongTerm:
    """What lets signatures be checked in years: who stamps the time, and what was revoked (DER)."""

    tsa: TsaProvider
    root: bytes
    crl: bytes


def sign(
    draft: bytes, marks: Sequence[Mark], at: datetime, long_term: LongTerm | None = None
) -> bytes:
    """Return `draft` with one signature for each mark behind it; its first bytes are the draft.

    With `long_term` they are PAdES-B-LT, without it B-B: the time is then the signers' own word.

    Raises:
        Broken: the time stamping authority gives no stamp.
    """
    paper = draft
    for number, mark in enumerate(marks):
        paper = _sign(paper, mark, at, (long_term, number == 0))
    return paper


def _sign(paper: bytes, mark: Mark, at: datetime, long_term: tuple[LongTerm | None, bool]) -> bytes:
    kept, is_first = long_term
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    if kept is not None and is_first:
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1_x509.Certificate.load(kept.root)],
            crls=[asn1_crl.CertificateList.load(kept.crl)],
        )
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(mark.leaf.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(mark.leaf.key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        embed_roots=False,  # a verifier brings its own; so every byte of the paper is checked
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=mark.field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=mark.reason,
    )
    session = signers.PdfSigner(metadata, signer).init_signing_session(writer)
    session.system_time = at  # the platform's clock, not the machine's
    made = session.prepare_tbs_document(
        validation_info=None, bytes_reserved=RESERVED_BYTES, appearance_text_params=None
    )
    output = io.BytesIO()
    prepared, _ = made.digest_tbs_document(output=output)
    stamp = None if kept is None else lambda digest: kept.tsa.stamp(digest, at)
    prepared.fill_with_cms(output, sign_digest(prepared.document_digest, mark.leaf, at, stamp))
    return output.getvalue()
