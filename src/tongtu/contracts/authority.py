"""Who vouches for a signer. `CaProvider` is the port; `LocalCa` serves demo and tests.

A licensed authority takes its place in production (Electronic Signature Law, arts. 13 and 16); this
module never claims to be one.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tongtu.kernel.errors import Broken

ROOT_LIFE = dt.timedelta(days=20 * 365)
# A certificate must stand as long as the paper may be asked for: 5 years of records and a margin.
LEAF_LIFE = dt.timedelta(days=6 * 365)
CLOCK_SLACK = dt.timedelta(minutes=5)
SERIAL_BYTES = 19  # one less than the 20 octets X.509 allows, so that the number stays positive
_SECRET_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Leaf:
    """A signer's certificate and its key, made for one signature and then forgotten (DER)."""

    certificate: bytes
    key: bytes
    root: bytes


class CaProvider(Protocol):
    """Issues a certificate to one signer."""

    @property
    def root(self) -> bytes:
        """The root certificate a verifier needs (DER)."""
        ...

    def issue(self, signer: str, at: dt.datetime, serial: bytes) -> Leaf:
        """Return a fresh certificate and key for `signer`, valid from `at`."""
        ...


class LocalCa:
    """An authority of this installation: key and certificate in TONGTU_HOME/ca."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate

    @classmethod
    def open(cls, home: Path, at: dt.datetime, serial: bytes) -> LocalCa:
        """Read the authority's files; make them on the first start.

        Raises:
            Broken: others than the owner may read the key.
        """
        folder = home / "ca"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_path, certificate_path = folder / "root.key", folder / "root.crt"
        if not certificate_path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _self_signed(key, at, serial)
            _write(key_path, key.private_bytes(*_PEM))
            _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
        if key_path.stat().st_mode & 0o077:
            raise Broken(f"others may read the authority's key; mend it: chmod 600 '{key_path}'")
        loaded = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise Broken(f"{key_path} holds no elliptic-curve key")
        return cls(loaded, x509.load_pem_x509_certificate(certificate_path.read_bytes()))

    @property
    def root(self) -> bytes:
        return self._certificate.public_bytes(serialization.Encoding.DER)

    def issue(self, signer: str, at: dt.datetime, serial: bytes) -> Leaf:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(signer), key.public_key(), serial, (at - CLOCK_SLACK, LEAF_LIFE))
        certificate = (
            builder.issuer_name(self._certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign_papers=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return Leaf(
            certificate=certificate.public_bytes(serialization.Encoding.DER),
            key=key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            root=self.root,
        )


_PEM = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def _self_signed(
    key: ec.EllipticCurvePrivateKey, at: dt.datetime, serial: bytes
) -> x509.Certificate:
    name = _name("Tongtu local authority (not licensed)")
    return (
        _builder(name, key.public_key(), serial, (at - CLOCK_SLACK, ROOT_LIFE))
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_papers=False), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    serial: bytes,
    life: tuple[dt.datetime, dt.timedelta],
) -> x509.CertificateBuilder:
    start, length = life
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(int.from_bytes(serial[:SERIAL_BYTES], "big") or 1)
        .not_valid_before(start)
        .not_valid_after(start + length)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, sign_papers: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign_papers,
        content_commitment=sign_papers,  # non-repudiation
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not sign_papers,
        crl_sign=not sign_papers,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tongtu"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    _write_new(draft, content, lambda name, flags: os.open(name, flags, _SECRET_MODE))
    draft.replace(path)


def _write_new(path: Path, content: bytes, opener: Callable[[str, int], int]) -> None:
    with open(path, "wb", opener=opener) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
