from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import core, x509

from tongtu.contracts.authority import LocalCa
from tongtu.contracts.cms import Parts, assemble, signed_attributes, written_again
from tongtu.contracts.tsa import LocalTsa

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
# What a stamped signature of some 2.7 kB takes; a tree that is walked anew takes millions.
WRITTEN_MAX = 2_000


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    home = tmp_path_factory.mktemp("ca")
    authority = LocalCa.open(home, AT, bytes(range(1, 20)))
    return authority, LocalTsa.open(home, authority, AT, bytes(range(2, 21)))


@pytest.fixture
def written(monkeypatch):
    """Count how often the library writes a sequence anew, and stop it where that runs away."""
    count, write = [0], core.Sequence._set_contents

    def counted(self, force=False):
        count[0] += 1
        assert count[0] <= WRITTEN_MAX, "the tree is walked anew at every level"
        return write(self, force=force)

    monkeypatch.setattr(core.Sequence, "_set_contents", counted)
    return count


def test_a_signature_of_any_length_is_joined_and_read_without_being_written_anew(
    authorities, written
):
    """Of 256 lengths one ends in the byte 0x80, which the library takes for one left open."""
    authority, stamps = authorities
    leaf = authority.issue("pt_0123456789abc", AT, bytes(range(3, 22)))
    attributes = signed_attributes("data", bytes(32), leaf.certificate, AT)
    token = stamps.stamp(hashlib.sha256(b"").digest(), AT)
    certificate = x509.Certificate.load(leaf.certificate)

    for length in range(32, 32 + 256):
        written[0] = 0
        cms = assemble(Parts(certificate, attributes, bytes(length), token))
        assert written_again(cms) == cms
