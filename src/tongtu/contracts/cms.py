"""The CMS object of a PAdES-B signature, built once from its parts (RFC 5652, ETSI EN 319 122-1).

Each part is packed and taken up again packed: a tree of unpacked values is walked at every level
above it, which cost several times what the signature itself does.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from asn1crypto import cms, tsp, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey

from tongtu.contracts.authority import Leaf

DIGEST = {"algorithm": "sha256"}
SIGNATURE = {"algorithm": "sha256_ecdsa"}


def sign_digest(digest: bytes, leaf: Leaf, at: datetime) -> bytes:
    """Return the leaf's signature of a document's SHA-256 as CMS, DER."""
    key = serialization.load_der_private_key(leaf.key, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    attributes = _attributes(digest, leaf, at)
    certificate = x509.Certificate.load(leaf.certificate)
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": DIGEST,
            "signed_attrs": cms.CMSAttributes.load(attributes),
            "signature_algorithm": SIGNATURE,
            "signature": key.sign(attributes, ECDSA(hashes.SHA256())),
        }
    )
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [DIGEST],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [cms.SignerInfo.load(signer.dump())],
        }
    )
    packed = cms.SignedData.load(data.dump())
    done: bytes = cms.ContentInfo({"content_type": "signed_data", "content": packed}).dump()
    return done


def _attributes(digest: bytes, leaf: Leaf, at: datetime) -> bytes:
    """Return what is signed: the document's digest, the time, and which certificate signs."""
    certificate = {"cert_hash": hashlib.sha256(leaf.certificate).digest()}
    protection = {"digest_algorithm": DIGEST, "signature_algorithm": SIGNATURE}
    packed: bytes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [digest]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": at})]},
            {
                "type": "signing_certificate_v2",
                "values": [tsp.SigningCertificateV2({"certs": [certificate]})],
            },
            {
                "type": "cms_algorithm_protection",
                "values": [cms.CMSAlgorithmProtection(protection)],
            },
        ]
    ).dump()
    return packed
