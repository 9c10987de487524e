"""What an authority keeps of certificates: those of houses, which last, and those it revoked.

Files beside its key. A borrower's certificate is made for one signature and stands in the paper
alone; a house's is used for a year, so that it can be named and revoked.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tongtu.kernel.errors import Broken

REVOKED_MAX = 100_000
HOUSES_MAX = 10_000
SECRET_MODE = 0o600
_NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class Issued:
    """A house's certificate, and since when it is revoked."""

    serial: int
    name: str
    since: dt.datetime
    until: dt.datetime
    revoked_at: dt.datetime | None


class Register:
    """The files of one authority."""

    def __init__(self, folder: Path) -> None:
        self._revoked = folder / "revoked"
        self._houses = folder / "houses"

    def revoked(self) -> dict[int, dt.datetime]:
        """Return since when each revoked certificate is not believed, by its number."""
        if not self._revoked.exists():
            return {}
        rows = (line.split() for line in self._revoked.read_text(encoding="ascii").splitlines())
        return {int(serial): dt.datetime.fromisoformat(since) for serial, since in rows}

    def revoke(self, serial: int, at: dt.datetime) -> bool:
        """Believe a certificate no longer from `at` on; False when it was revoked before.

        Raises:
            Broken: the list has no room for more.
        """
        known = self.revoked()
        if serial in known:
            return False
        if len(known) >= REVOKED_MAX:
            raise Broken("the list of revoked certificates is full")
        rows = {**known, serial: at}.items()
        lines = [f"{one} {since.isoformat()}\n" for one, since in rows]
        write(self._revoked, "".join(lines).encode())
        return True

    def house(self, public: ec.EllipticCurvePublicKey) -> x509.Certificate | None:
        """Return the newest certificate of a house's key."""
        path = self._houses / f"{_name_of(public)}.crt"
        return x509.load_der_x509_certificate(path.read_bytes()) if path.exists() else None

    def keep_house(self, public: ec.EllipticCurvePublicKey, certificate: bytes) -> None:
        """Keep a house's certificate in the place of the one before it.

        Raises:
            Broken: there is no room for more houses.
        """
        self._houses.mkdir(mode=0o700, exist_ok=True)
        path = self._houses / f"{_name_of(public)}.crt"
        if not path.exists() and sum(1 for _ in self._houses.iterdir()) >= HOUSES_MAX:
            raise Broken("the authority keeps no more houses")
        write(path, certificate)

    def issued(self) -> list[Issued]:
        """Return the certificates of all houses, by name."""
        if not self._houses.is_dir():
            return []
        revoked = self.revoked()
        found = [
            x509.load_der_x509_certificate(path.read_bytes()) for path in self._houses.glob("*.crt")
        ]
        rows = [
            Issued(
                one.serial_number,
                name_of(one),
                one.not_valid_before_utc,
                one.not_valid_after_utc,
                revoked.get(one.serial_number),
            )
            for one in found
        ]
        return sorted(rows, key=lambda row: (row.name, row.since))


def name_of(certificate: x509.Certificate) -> str:
    """Return whom a certificate names."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read; whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    _write_new(draft, content, lambda name, flags: os.open(name, flags, SECRET_MODE))
    draft.replace(path)


def _write_new(path: Path, content: bytes, opener: Callable[[str, int], int]) -> None:
    with open(path, "wb", opener=opener) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _name_of(public: ec.EllipticCurvePublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public.public_bytes(serialization.Encoding.DER, form))
    return digest.finalize()[:_NAME_BYTES].hex()
