"""The process that looks at pictures: one thread, capped memory and time, models on first use.

`python -m tongtu.verification.vision`; jobs on stdin, answers on stdout, ends with its pipe.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import Any, BinaryIO

import msgspec

from tongtu.verification.vision.protocol import LENGTH, MESSAGE_BYTES_MAX, Done, Job, framed

# Both models take 120 MB, a picture of 16 million pixels 48 MB in each of its forms.
DATA_BYTES_MAX = 1_200 * 1024 * 1024
# Processor time of one job: OCR of a full card takes .8 s, loading all models 3 s.
CPU_S_MAX = 20
# Prints are worked on in plain Python: half a minute each was seen.
FINGERS_CPU_S_MAX = 180
FILES_MAX = 64
NICE = 10
# The libraries write what they do not know to say elsewhere; our answers have a pipe of their own.
_STDOUT = 1


def main() -> None:
    """Answer jobs until the pipe ends."""
    answers = os.fdopen(os.dup(_STDOUT), "wb")
    os.dup2(2, _STDOUT)
    _bound()
    looker = _Looker()
    while (job := _next(sys.stdin.buffer)) is not None:
        answers.write(framed(looker.look(job)))
        answers.flush()


def _bound() -> None:
    """Cap memory, core files and files written; a job beyond its time ends by the kernel."""
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES_MAX, DATA_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)


def _next(source: BinaryIO) -> Job | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > MESSAGE_BYTES_MAX:
        return None
    return msgspec.msgpack.decode(source.read(length), type=Job)


class _Looker:
    """Keeps the models it has loaded."""

    def __init__(self) -> None:
        self._reader: Any = None
        self._finder: Any = None

    def look(self, job: Job) -> Done:
        most = FINGERS_CPU_S_MAX if job.kind == "fingers" else CPU_S_MAX
        signal.setitimer(signal.ITIMER_PROF, most)
        try:
            return self._look(job)
        except ImportError:
            return Done(fault="not_installed")
        except MemoryError:
            return Done(fault="picture_too_heavy")
        except Exception:  # noqa: BLE001 - libraries raise what they like at a strange picture
            return Done(fault="picture_unreadable")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, job: Job) -> Done:
        if job.kind == "fingers":
            from tongtu.verification.vision.fingers import match  # noqa: PLC0415 - optional extra

            return Done(score=match(job.picture, job.other))
        if job.kind == "read":
            if self._reader is None:
                from tongtu.verification.vision.reader import Reader  # noqa: PLC0415 - same

                self._reader = Reader()
            return Done(texts=self._reader.read(job.picture))
        if self._finder is None:
            from tongtu.verification.vision.finder import Finder  # noqa: PLC0415 - same

            self._finder = Finder()
        return Done(faces=self._finder.find(job.picture))


if __name__ == "__main__":
    main()
