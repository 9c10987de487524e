"""PAdES signatures by pyHanko: the borrower's first, then those of lender and guarantor (B-LT).

Runs off the event loop. Each signature is an update of its own behind the bytes before it; what is
needed to check them in years (root, revocation list, time stamps) is written with the first one, so
that the last one covers every byte of the file.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]  # ships no types
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tongtu.contracts.authority import Leaf
from tongtu.contracts.cms import Stamp, Wanted, completed, sign_digest
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A paper with room for one more signature between `start` and `end`, which is not signed."""

    paper: bytes
    start: int
    end: int

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        """What is signed: from 0 so many bytes, and from `end` so many."""
        return 0, self.start, self.end, len(self.paper) - self.end

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what is signed."""
        return hashlib.sha256(self.paper[: self.start] + self.paper[self.end :]).digest()


@dataclass(frozen=True, slots=True)
class Away:
    """A signature that is made elsewhere: in which field, by which certificate (DER), and why."""

    field: str
    certificate: bytes
    reason: str


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
        away = Away(mark.field, mark.leaf.certificate, mark.reason)
        made = prepare(paper, away, at, long_term if number == 0 else None)
        cms = sign_digest(made.digest, mark.leaf, at, _stamp(long_term, at))
        paper = _filled(made, cms)
    return paper


def finish(
    made: Prepared, returned: bytes, away: Away, at: datetime, long_term: LongTerm | None = None
) -> bytes:
    """Return a prepared paper with the CMS that came back for it, checked and stamped.

    Raises:
        BadInput: it is not that signer's signature of this very paper at this time.
        Broken: the time stamping authority gives no stamp.
    """
    asked = Wanted(made.digest, away.certificate, at)
    return _filled(made, completed(returned, asked, _stamp(long_term, at)))


def prepare(paper: bytes, away: Away, at: datetime, kept: LongTerm | None = None) -> Prepared:
    """Return the paper with room for a signature; `kept` is written into it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    if kept is not None:
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1_x509.Certificate.load(kept.root)],
            crls=[asn1_crl.CertificateList.load(kept.crl)],
        )
    signer = signers.ExternalSigner(  # the CMS is ours, or comes from elsewhere: see cms.py
        signing_cert=asn1_x509.Certificate.load(away.certificate),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        embed_roots=False,  # a verifier brings its own; so every byte of the paper is checked
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=away.field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=away.reason,
    )
    session = signers.PdfSigner(metadata, signer).init_signing_session(writer)
    session.system_time = at  # the platform's clock, not the machine's
    made = session.prepare_tbs_document(
        validation_info=None, bytes_reserved=RESERVED_BYTES, appearance_text_params=None
    )
    output = io.BytesIO()
    prepared, _ = made.digest_tbs_document(output=output)
    ends = prepared.reserved_region_start, prepared.reserved_region_end
    return Prepared(output.getvalue(), *ends)


def _filled(made: Prepared, cms: bytes) -> bytes:
    told = PreparedByteRangeDigest(made.digest, made.start, made.end)
    output = io.BytesIO(made.paper)
    told.fill_with_cms(output, cms)
    return output.getvalue()


def _stamp(kept: LongTerm | None, at: datetime) -> Stamp | None:
    return None if kept is None else lambda digest: kept.tsa.stamp(digest, at)
