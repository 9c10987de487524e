"""SM2, SM3 and SM4 against the vectors that their standards publish."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tongtu.kernel import gm
from tongtu.kernel.errors import Broken

# GB/T 32905-2016, annex A.1 and A.2.
SM3 = [
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
]
# GB/T 32907-2016, annex A.1: key and plain text are the same.
SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
SM4_BLOCK = "681edf34d206965e86b3e94f536e4246"
# RFC 8998, annex A.1: SM4-GCM.
GCM_NONCE = bytes.fromhex("00001234567800000000abcd")
GCM_BOUND = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
GCM_PLAIN = bytes.fromhex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
)
GCM_SEALED = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
# GB/T 32918.5-2017, annex A.2: the recommended curve, the usual signer's id.
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
MESSAGE = b"message digest"
SIGNATURE = encode_dss_signature(
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)


@pytest.mark.parametrize(("message", "digest"), SM3)
def test_sm3_gives_the_digests_of_the_standard(message, digest):
    assert gm.sm3(message).hex() == digest


def test_sm4_gives_the_block_of_the_standard():
    made = Cipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()

    assert made.update(SM4_KEY).hex() == SM4_BLOCK


def test_sm4_gcm_seals_as_the_rfc_says_and_opens_nothing_that_was_changed():
    sealed = gm.sm4_seal(SM4_KEY, GCM_NONCE, GCM_PLAIN, GCM_BOUND)

    assert sealed.hex() == GCM_SEALED
    assert gm.sm4_open(SM4_KEY, GCM_NONCE, sealed, GCM_BOUND) == GCM_PLAIN
    for place in range(len(sealed)):
        spoilt = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        assert gm.sm4_open(SM4_KEY, GCM_NONCE, spoilt, GCM_BOUND) is None
    assert gm.sm4_open(SM4_KEY, GCM_NONCE, sealed, GCM_BOUND + b"x") is None
    assert gm.sm4_open(SM4_KEY, GCM_NONCE, sealed[:15], GCM_BOUND) is None


def test_sm2_takes_the_signature_of_the_standard_and_no_other():
    assert gm.is_sm2_signed(PUBLIC, MESSAGE, SIGNATURE)
    assert not gm.is_sm2_signed(PUBLIC, MESSAGE + b".", SIGNATURE)
    assert not gm.is_sm2_signed(PUBLIC[::-1], MESSAGE, SIGNATURE)
    for spoilt in (b"", SIGNATURE[:-1], SIGNATURE + b"\0", bytes(70), b"x" * 500):
        assert not gm.is_sm2_signed(PUBLIC, MESSAGE, spoilt)


def test_what_the_standard_s_key_signs_verifies_each_time_anew():
    key = gm.Sm2Private(PRIVATE, PUBLIC)
    first, second = key.sign(MESSAGE), key.sign(MESSAGE)

    assert first != second
    assert gm.is_sm2_signed(PUBLIC, MESSAGE, first)
    assert gm.is_sm2_signed(PUBLIC, MESSAGE, second)


def test_openssl_agrees_with_our_signatures(tmp_path):
    """The public key as SubjectPublicKeyInfo; OpenSSL 3 with the usual signer's id."""
    assert shutil.which("openssl"), "the outside reader is a part of this test"
    key = gm.generate()
    head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
    (tmp_path / "key").write_bytes(head + key.public)
    (tmp_path / "signature").write_bytes(key.sign(MESSAGE))

    def verify(message):
        (tmp_path / "message").write_bytes(message)
        words = ["openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey"]
        words += ["key", "-keyform", "DER", "-in", "message", "-sigfile", "signature"]
        words += ["-pkeyopt", "distid:1234567812345678"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)

    good, bad = verify(MESSAGE), verify(b"another message")
    assert good.returncode == 0, good.stderr
    assert bad.returncode != 0


def test_without_the_extra_it_is_said_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gmssl_pyx", None)

    with pytest.raises(Broken, match="extra `gm`"):
        gm.generate()
