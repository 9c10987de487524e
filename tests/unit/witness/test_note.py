import pytest

from tongtu.kernel.errors import BadInput
from tongtu.witness.note import LogKey, Signer, checkpoint_text, open_note, read_checkpoint

# The example of the Go package golang.org/x/mod/sumdb/note: another program's key and signature.
OTHER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
OTHER_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
SIGNER = Signer.of("test", bytes(range(32)))
TEXT = checkpoint_text("tongtu.log/test", 7, b"r" * 32)


def test_a_note_that_another_program_signed_is_read():
    text = open_note(OTHER_NOTE, LogKey.read(OTHER_KEY))

    assert text.endswith("then you don't know what your problem is.\n")
    assert LogKey.read(OTHER_KEY).show() == OTHER_KEY


def test_a_checkpoint_is_signed_and_read_back():
    note = SIGNER.sign(TEXT)

    assert note.startswith("tongtu.log/test\n7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n\n— ")
    assert read_checkpoint(open_note(note, SIGNER.key)) == ("tongtu.log/test", 7, b"r" * 32)


def test_the_key_of_a_log_is_shown_and_read_back():
    assert LogKey.read(SIGNER.key.show()) == SIGNER.key
    assert SIGNER.key.show().startswith("tongtu.log/test+")


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (SIGNER.sign(TEXT).replace("\n7\n", "\n8\n"), "bad_signature"),
        (Signer.of("test", bytes(32)).sign(TEXT), "not_signed"),
        (Signer.of("other", bytes(range(32))).sign(TEXT), "not_signed"),
        (TEXT, "not_signed"),
        ("", "not_signed"),
        (TEXT + "\n— tongtu.log/test !!!\n", "bad_base64"),
    ],
)
def test_a_note_that_was_changed_or_signed_by_another_is_refused(note, code):
    with pytest.raises(BadInput) as refused:
        open_note(note, SIGNER.key)

    assert refused.value.code == code


@pytest.mark.parametrize("line", ["", "x", "tongtu.log/test+00000000+AQ==", OTHER_KEY[:-4]])
def test_a_word_that_is_no_key_is_refused(line):
    with pytest.raises(BadInput):
        LogKey.read(line)


@pytest.mark.parametrize(
    "text", ["", "name\n", "name\n-1\nAA==\n", "name\n٣\nAA==\n", "\n1\nAA==\n"]
)
def test_a_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadInput):
        read_checkpoint(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "通途"])
def test_an_instance_name_that_would_break_a_signature_line_is_refused(name):
    with pytest.raises(BadInput):
        Signer.of(name, bytes(32))
