"""Who vouches for a signer, and who is no longer. `CaProvider` is the port; `LocalCa` serves demo.

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
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tongtu.kernel.errors import Broken

ROOT_LIFE = dt.timedelta(days=20 * 365)
# A certificate must stand as long as the paper may be asked for: 5 years of records and a margin.
LEAF_LIFE = dt.timedelta(days=6 * 365)
CLOCK_SLACK = dt.timedelta(minutes=5)
# A list of what was revoked is made anew when it is asked for, and believed for a week.
CRL_LIFE = dt.timedelta(days=7)
REVOKED_MAX = 100_000
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

    def issue(self, signer: str, at: dt.datetime, serial: bytes, key: bytes | None = None) -> Leaf:
        """Return a certificate for `signer`, valid from `at`; its key is fresh, or `key` (DER)."""
        ...

    def crl(self, at: dt.datetime) -> bytes:
        """Return the signed list of certificates that were revoked (DER), as of `at`."""
        ...


class LocalCa:
    """An authority of this installation: key and certificate in TONGTU_HOME/ca."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, folder: Path
    ) -> None:
        self._key = key
        self._certificate = certificate
        self._revoked = folder / "revoked"

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
            write_key(key_path, key)
            _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
        loaded = read_key(key_path)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise Broken(f"{key_path} holds no elliptic-curve key")
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        return cls(loaded, certificate, folder)

    @property
    def root(self) -> bytes:
        return self._certificate.public_bytes(serialization.Encoding.DER)

    def issue(self, signer: str, at: dt.datetime, serial: bytes, key: bytes | None = None) -> Leaf:
        own = _private(key) if key is not None else ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(signer), own.public_key(), serial, (at - CLOCK_SLACK, LEAF_LIFE))
        return Leaf(
            certificate=self._sign(builder),
            key=own.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            root=self.root,
        )

    def certify_stamps(self, key: rsa.RSAPublicKey, at: dt.datetime, serial: bytes) -> bytes:
        """Return the certificate of a time stamping authority (DER): it may do nothing else."""
        name = _name("Tongtu local time stamps (not licensed)")
        only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = _builder(name, key, serial, (at - CLOCK_SLACK, ROOT_LIFE))
        return self._sign(builder.add_extension(only, critical=True))

    def crl(self, at: dt.datetime) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(at - CLOCK_SLACK)
            .next_update(at + CRL_LIFE)
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        )
        for serial, since in self._read_revoked():
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            builder = builder.add_revoked_certificate(one.build())
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def revoke(self, serial: int, at: dt.datetime) -> None:
        """Believe a certificate no longer, for signatures from `at` on; twice is once.

        Raises:
            Broken: the list has no room for more.
        """
        known = self._read_revoked()
        if any(serial == one for one, _ in known):
            return
        if len(known) >= REVOKED_MAX:
            raise Broken("the list of revoked certificates is full")
        lines = [f"{one} {since.isoformat()}\n" for one, since in (*known, (serial, at))]
        _write(self._revoked, "".join(lines).encode())

    def _read_revoked(self) -> list[tuple[int, dt.datetime]]:
        if not self._revoked.exists():
            return []
        rows = (line.split() for line in self._revoked.read_text(encoding="ascii").splitlines())
        return [(int(serial), dt.datetime.fromisoformat(since)) for serial, since in rows]

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        certificate = (
            builder.issuer_name(self._certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign_papers=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.DER)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """Write a private key that its owner alone may read."""
    _write(path, key.private_bytes(*_PEM))


def read_key(path: Path) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """Read a private key. Raises Broken: others than the owner may read it, or it is none."""
    if path.stat().st_mode & 0o077:
        raise Broken(f"others may read the authority's key; mend it: chmod 600 '{path}'")
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise Broken(f"{path} holds no key that signs")
    return loaded


def _private(der: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(der, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


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
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
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
