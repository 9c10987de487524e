"""`tongtu config` shows where each value comes from; `tongtu doctor` names the mend."""

import json
import os
import socket
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tongtu.channels.cli import config, doctor, main
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Settings


@pytest.fixture
def clean(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("TONGTU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TONGTU_HOME", str(tmp_path))
    return monkeypatch


def test_config_shows_value_and_source_and_masks_what_is_secret(clean, tmp_path, capsys):
    (tmp_path / "tongtu.toml").write_text("port = 9000\n")
    clean.setenv("TONGTU_DSN", "postgresql://tongtu:s3cret@db/tongtu")

    assert main(["config", "--json"]) == 0

    out = capsys.readouterr().out
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(out)["settings"]}
    assert rows["port"] == ("9000", "file")
    assert rows["dsn"] == ("(set)", "environment")
    assert rows["home"] == (str(tmp_path), "environment")
    assert rows["cells"] == ("1", "default")
    assert list(rows) == list(Settings.__slots__)
    assert "s3cret" not in out


def test_config_prints_a_table_and_fails_on_a_name_that_nobody_knows(clean, capsys):
    clean.setenv("TONGTU_PROT", "1")
    clean.setenv("TONGTU_DSN", "postgresql://tongtu:s3cret@db/tongtu")

    assert main(["config"]) == 1

    said = capsys.readouterr()
    assert said.err == "TONGTU_PROT: there is no such setting\n"
    assert "reading_seconds" in said.out
    assert "s3cret" not in said.out


def test_config_names_a_value_that_does_not_parse(clean, capsys):
    clean.setenv("TONGTU_PORT", "many")

    assert main(["config"]) == 1

    assert "setting port must be a whole number [bad_input]" in capsys.readouterr().err


def test_doctor_prints_a_line_a_finding_and_fails_only_for_what_is_needed(clean, capsys):
    looks = [
        doctor.Finding("a", True, "fine", "unused"),
        doctor.Finding("b", False, "gone", "do this", is_needed=False),
    ]
    clean.setattr(doctor, "LOOKS", [lambda _, one=one: one for one in looks])
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == "ok   a: fine\nnote b: gone\n     mend: do this\n"

    looks.append(doctor.Finding("c", False, "bad", "do that"))
    clean.setattr(doctor, "LOOKS", [lambda _, one=one: one for one in looks])
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.endswith("MISS c: bad\n     mend: do that\n")


def test_doctor_finds_a_taken_port_a_full_disk_and_a_missing_package(clean, tmp_path):
    settings = Settings(home=tmp_path / "not" / "yet")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert doctor._port(replace(settings, port=port)).is_fine is False
    assert doctor._port(replace(settings, port=port)).is_fine is True
    assert doctor._port(replace(settings, port=0)).is_fine is True

    clean.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_999 * 2**20))
    assert doctor._disk(settings).is_fine is False
    assert doctor._disk(settings).text == f"1999 MB free at {tmp_path}"
    clean.setattr(doctor, "PACKAGES", ("json", "no_such_package"))
    assert doctor._python(settings).text.endswith("lacks no_such_package")
    assert doctor._python(settings).is_needed is True


def test_doctor_tells_the_servers_user_or_why_there_is_none(clean, tmp_path):
    settings = Settings(home=tmp_path)
    assert doctor._postgres(settings).is_fine is True

    def refuse(*_):
        raise Broken("no user; mend it with: useradd")

    clean.setattr(doctor, "find_place", refuse)
    assert doctor._postgres(settings) == doctor.Finding(
        "PostgreSQL", False, "no user; mend it with: useradd"
    )
    assert doctor._postgres(replace(settings, dsn="x")).is_fine is True


def test_config_masks_nothing_that_is_not_set():
    assert config._shown(None, is_secret=True) == ""
