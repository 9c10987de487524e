"""`tongtu pack` tells rules, labels and what a release changes."""

import json
import shutil

from tongtu.channels.cli import main
from tongtu.policy.api import Pack, pack_root


def test_the_rules_nobody_has_checked_are_listed_for_counsel(capsys):
    assert main(["pack", "rules", "--label", "M", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    unchecked = [
        rule.id for rule in Pack.load("cn/2026.08").content.rules if rule.source.label == "M"
    ]
    assert [rule["id"] for rule in told["rules"]] == unchecked
    assert {"BUR-03", "LIMIT-05", "CLASS-01"} <= set(unchecked)


def test_a_pack_that_does_not_prove_itself_is_refused_with_its_fault(tmp_path, capsys):
    folder = shutil.copytree(pack_root() / "us" / "2026.01", tmp_path / "us")
    params = folder / "params.csv"
    params.write_text(params.read_text().replace("apr_cap_ppm,NY,160000", "apr_cap_ppm,NY,170000"))

    assert main(["pack", "check", str(folder)]) == 1

    assert "PRICE-01 on 2026-11-24: expected fail, got pass" in capsys.readouterr().err


def test_what_a_release_changes_is_told_line_by_line(tmp_path, capsys):
    folder = shutil.copytree(pack_root() / "us" / "2026.01", tmp_path / "us")
    rules = folder / "rules" / "credit.toml"
    rules.write_text(rules.read_text().replace('severity = "hold"', 'severity = "block"', 1))

    assert main(["pack", "diff", "us/2026.01", str(folder)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "changed  rule       ADV-01 [T]"
    assert (lines[1][:9], lines[2][:10], lines[-1]) == ("  - hold ", "  + block ", "1 changes")
