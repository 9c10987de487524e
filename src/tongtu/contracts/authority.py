"""Who vouches for a signer, and who is no longer. `CaProvider` is the port; `LocalCa` serves demo.

A licensed authority takes its place in production (Electronic Signature Law, arts. 13 and 16); this
module never claims to be one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tongtu.contracts.register import Issued, Register, name_of
from tongtu.contracts.register import write as _write
from tongtu.kernel.errors import BadInput, Broken, Conflict

ROOT_LIFE = dt.timedelta(days=20 * 365)
# A certificate must stand as long as the paper may be asked for: 5 years of records and a margin.
LEAF_LIFE = dt.timedelta(days=6 * 365)
# A house's certificate is made anew each year, so that one that leaked unseen comes to an end.
HOUSE_USE = dt.timedelta(days=365)
# Browsers believe a page's certificate for a good year at most; ours is made anew at each start.
SERVER_LIFE = dt.timedelta(days=90)
CLOCK_SLACK = dt.timedelta(minutes=5)
# A list of what was revoked is made anew when it is asked for, and believed for a week.
CRL_LIFE = dt.timedelta(days=7)
SERIAL_BYTES = 19  # one less than the 20 octets X.509 allows, so that the number stays positive


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
        """Return a certificate for `signer`, valid from `at`; its key is fresh, or `key` (DER).

        Raises:
            Conflict: the certificate of `key` was revoked (`certificate_revoked`).
        """
        ...

    def certify(self, signer: str, public: bytes, at: dt.datetime, serial: bytes) -> bytes:
        """Return the lasting certificate (DER) of a house by its public key (DER).

        Raises:
            BadInput: it is no key of the curve P-256.
            Conflict: the certificate of the key was revoked (`certificate_revoked`).
        """
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
        self._register = Register(folder)

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
        make = self._made if key is None else self._lasting
        return Leaf(
            certificate=make(signer, own.public_key(), at, serial),
            key=own.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            root=self.root,
        )

    def certify(self, signer: str, public: bytes, at: dt.datetime, serial: bytes) -> bytes:
        try:
            key = serialization.load_der_public_key(public)
        except ValueError:
            raise BadInput("this is no public key") from None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
            key.curve, ec.SECP256R1
        ):
            raise BadInput("papers are signed by keys of the curve P-256")
        return self._lasting(signer, key, at, serial)

    def _made(
        self, signer: str, public: ec.EllipticCurvePublicKey, at: dt.datetime, serial: bytes
    ) -> bytes:
        return self._sign(_builder(_name(signer), public, serial, (at - CLOCK_SLACK, LEAF_LIFE)))

    def _lasting(
        self, signer: str, public: ec.EllipticCurvePublicKey, at: dt.datetime, serial: bytes
    ) -> bytes:
        """Return the kept certificate of a house's key, or a new one. Raises Conflict."""
        kept = self._register.house(public)
        if kept is not None:
            if kept.serial_number in self._register.revoked():
                raise Conflict(
                    f"the certificate of {signer} is revoked", code="certificate_revoked"
                )
            start = kept.not_valid_before_utc
            if name_of(kept) == signer and start <= at < start + HOUSE_USE:
                return kept.public_bytes(serialization.Encoding.DER)
        made = self._made(signer, public, at, serial)
        self._register.keep_house(public, made)
        return made

    def certify_stamps(self, key: rsa.RSAPublicKey, at: dt.datetime, serial: bytes) -> bytes:
        """Return the certificate of a time stamping authority (DER): it may do nothing else."""
        name = _name("Tongtu local time stamps (not licensed)")
        only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = _builder(name, key, serial, (at - CLOCK_SLACK, ROOT_LIFE))
        return self._sign(builder.add_extension(only, critical=True))

    def certify_server(
        self, host: str, key: ec.EllipticCurvePublicKey, at: dt.datetime, serial: bytes
    ) -> bytes:
        """Return the certificate (DER) by which pages at `host` are served: it signs no papers."""
        try:
            name: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        builder = _builder(_name(host), key, serial, (at - CLOCK_SLACK, SERVER_LIFE))
        only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        names = x509.SubjectAlternativeName([name])
        return self._sign(
            builder.add_extension(only, critical=False).add_extension(names, critical=False)
        )

    def crl(self, at: dt.datetime) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(at - CLOCK_SLACK)
            .next_update(at + CRL_LIFE)
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        )
        for serial, since in self._register.revoked().items():
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            builder = builder.add_revoked_certificate(one.build())
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def revoke(self, serial: int, at: dt.datetime) -> bool:
        """Believe a certificate no longer, for signatures from `at` on; False: it was before.

        Raises:
            Broken: the list has no room for more.
        """
        return self._register.revoke(serial, at)

    def issued(self) -> list[Issued]:
        """Return the lasting certificates, those of houses."""
        return self._register.issued()

    def revoked(self) -> dict[int, dt.datetime]:
        """Return since when each revoked certificate is not believed, by its number."""
        return self._register.revoked()

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
