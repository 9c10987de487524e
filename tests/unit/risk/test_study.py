import json
import math

import numpy as np
import polars as pl
import pytest

from tongtu.channels.cli import main
from tongtu.kernel.errors import BadInput
from tongtu.risk.api import Spec, load_model, parse_spec, read_cases
from tongtu.risk.rules.cells import Words
from tongtu.risk.study.binning import cut, find_specials
from tongtu.risk.study.folds import divide, later
from tongtu.risk.study.measures import h_measure, wilson
from tongtu.risk.study.preparation import prepare
from tongtu.risk.study.run import study
from tongtu.risk.study.selection import draw_lines, judge_lines

ROWS = 400


@pytest.fixture(scope="module")
def cases_file(table, write_study_table, tmp_path_factory):
    return write_study_table(table.path, tmp_path_factory.mktemp("cases") / "cases.csv", ROWS)


@pytest.fixture(scope="module")
def trained(cases_file, tmp_path_factory):
    """The folder of the command itself, once."""
    out = tmp_path_factory.mktemp("model") / "m"
    words = ["train", "--table", str(cases_file), "--label", "y", "--out", str(out), "--seed", "3"]
    assert main(words) == 0
    return out


def test_train_writes_tables_booster_card_and_plots_that_load(trained):
    names = sorted(str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file())

    scorer, manifest = load_model(trained)

    assert names == [
        "blend.json", "card.md", "challenger.json", "challenger.txt", "champion.json",
        "columns.json", "manifest.json", "plots/calibration.svg", "plots/gains.svg",
        "plots/reasons.svg", "plots/scores.svg",
    ]  # fmt: skip
    assert manifest["data"]["rows"] == ROWS
    assert {one.name for one in scorer.columns}.isdisjoint({"y", "Age", "Marital"})
    figures = manifest["cross_validated"]["pd"]
    assert figures["majority"] == max(figures["bad"], ROWS - figures["bad"]) / ROWS
    assert figures["gini"] == pytest.approx(2 * figures["auc"] - 1, abs=2e-6)


def test_the_same_rows_and_seed_give_the_same_hash(cases_file, trained, tmp_path):
    words = ["train", "--table", str(cases_file), "--label", "y", "--seed", "3"]
    assert main([*words, "--out", str(tmp_path / "again")]) == 0

    for path in trained.rglob("*"):
        if path.is_file():
            assert (
                tmp_path / "again" / path.relative_to(trained)
            ).read_bytes() == path.read_bytes()


def test_score_writes_exactly_the_six_columns(trained, cases_file, tmp_path):
    out = tmp_path / "scores.parquet"
    words = ["score", "--model", str(trained), "--table", str(cases_file), "--out"]
    assert main([*words, str(out), "--reasons"]) == 0
    assert main([*words, str(tmp_path / "scores.csv")]) == 0

    told, plain = pl.read_parquet(out), pl.read_csv(tmp_path / "scores.csv")

    columns = ["row", "pd_champion", "pd_challenger", "pd", "score", "reasons"]
    assert told.columns == plain.columns == columns
    assert told["row"].to_list() == list(range(ROWS))
    assert told["pd"].to_list() == plain["pd"].to_list()
    assert set(plain["reasons"]) == {""}
    scorer, _ = load_model(trained)
    known = {one.name for one in scorer.columns}
    assert all(set(text.split(";")) - {""} <= known for text in told["reasons"])
    assert max(len(text.split(";")) for text in told["reasons"]) <= 4


def refused(words, capsys):
    capsys.readouterr()
    assert main(words) == 2
    return json.loads(capsys.readouterr().out)


def test_a_table_that_does_not_fit_is_refused_and_nothing_is_written(
    trained, cases_file, tmp_path, capsys
):
    frame, table, out = pl.read_csv(cases_file), tmp_path / "t.parquet", tmp_path / "o.csv"
    words = ["score", "--model", str(trained), "--table", str(table), "--out", str(out)]

    frame.drop("Amount").write_parquet(table)
    lacking = refused(words, capsys)
    frame.with_columns(Amount=pl.lit("much")).write_parquet(table)
    worded = refused(words, capsys)
    table.write_bytes(b"PAR1 and no more")
    broken = refused(words, capsys)

    assert (lacking["code"], list(lacking["fields"])) == ("missing_column", ["Amount"])
    assert (worded["code"], list(worded["fields"])) == ("wrong_type", ["Amount"])
    assert broken["code"] == "bad_table"
    assert not out.exists()


def test_a_new_column_is_ignored_and_named_and_an_unseen_word_is_the_riskiest(
    trained, cases_file, tmp_path, capsys
):
    frame, table, out = pl.read_csv(cases_file), tmp_path / "t.parquet", tmp_path / "o.parquet"
    scorer, _ = load_model(trained)
    job = next(one for one in scorer.columns if one.name == "Job")
    words = ["score", "--model", str(trained), "--table", str(table), "--out", str(out)]

    frame.with_columns(Job=pl.lit("astronaut"), Star=pl.lit(1)).write_parquet(table)
    assert main(words) == 0
    said = capsys.readouterr().err
    unseen = pl.read_parquet(out)["pd"].to_list()
    frame.with_columns(Job=pl.lit(job.ranks[-1][0])).write_parquet(table)
    assert main(words) == 0

    assert "Star" in said
    assert pl.read_parquet(out)["pd"].to_list() == unseen


def test_one_changed_byte_of_a_trained_model_refuses_to_score(
    trained, cases_file, tmp_path, capsys
):
    copy = tmp_path / "copy"
    for path in trained.rglob("*"):
        if path.is_file():
            other = copy / path.relative_to(trained)
            other.parent.mkdir(parents=True, exist_ok=True)
            other.write_bytes(path.read_bytes())
    content = bytearray((copy / "challenger.txt").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "challenger.txt").write_bytes(content)
    out = tmp_path / "o.csv"

    problem = refused(
        ["score", "--model", str(copy), "--table", str(cases_file), "--out", str(out)], capsys
    )

    assert problem["code"] == "bad_model"
    assert not out.exists()


def test_a_label_that_is_no_outcome_and_a_lacking_column_are_refused(cases_file, tmp_path, capsys):
    words = ["train", "--table", str(cases_file), "--out", str(tmp_path / "m"), "--label"]

    amount, nothing = refused([*words, "Amount"], capsys), refused([*words, "outcome"], capsys)

    assert (amount["code"], nothing["code"]) == ("bad_label", "missing_column")
    assert not (tmp_path / "m").exists()


def test_noise_teaches_nothing_on_untouched_folds(tmp_path):
    draw = np.random.default_rng(11)
    path = tmp_path / "noise.parquet"
    words = [f"w{n}" for n in draw.integers(0, 40, 600)]
    pl.DataFrame(
        {"a": draw.normal(size=600), "w": words, "y": draw.permutation([0, 1] * 300)}
    ).write_parquet(path)

    found = study(read_cases(path, "y", Spec(), None), Spec(), 1, lambda _: None)

    # A leak of the outcome through ranks of words, bins or calibration would show here.
    for engine in found.across.values():
        assert 0.4 < engine.auc < 0.6


def test_what_a_fold_does_not_hold_changes_nothing_it_learns(studied):
    cases = studied.cases
    rows = np.arange(0, 2_000)
    other = cases.is_bad.copy()
    other[2_000:] ^= True

    one = prepare(cases.sheet.columns, rows, cases.is_bad[rows], Spec())
    two = prepare(cases.sheet.columns, rows, other[rows], Spec())

    assert one == two


def test_columns_are_typed_and_the_unfit_ones_left_out_with_a_reason(tmp_path):
    path = tmp_path / "t.csv"
    lines = ["id,same,flag,word,number,when,y"]
    lines += [
        f"{n},1,{n % 2},w{n % 3},{n / 7},2024-01-{n % 28 + 1:02},{n % 2}" for n in range(1_200)
    ]
    path.write_text("\n".join(lines))

    cases = read_cases(path, "y", Spec(protected=("flag",)), "when")

    assert sorted(cases.sheet.columns) == ["number", "word"]
    assert isinstance(cases.sheet.columns["word"], Words)
    assert cases.sheet.left_out == {
        "flag": "protected: never a feature",
        "id": "another number in every row: an identifier",
        "same": "all rows are alike",
        "when": "tells the time",
    }
    assert len(cases.time) == 1_200


def test_codes_are_told_from_quantities():
    tens = np.arange(0.0, 18.0)

    assert find_specials(np.array([*tens, 96.0, 98.0])) == (96.0, 98.0)
    assert find_specials(np.array([*np.arange(0.0, 101.0), -9.0, -8.0])) == (-9.0, -8.0)
    assert find_specials(np.arange(0.0, 101.0)) == ()
    assert find_specials(np.arange(-2.0, 9.0)) == ()
    assert find_specials(np.array([0.5, 1.5, -9.0])) == ()


def test_bins_move_one_way_and_codes_and_missing_values_have_their_own():
    draw = np.random.default_rng(5)
    cells = draw.integers(0, 100, 4_000).astype(float)
    is_bad = draw.random(4_000) < 0.1 + cells / 250
    cells[:200], is_bad[:200] = math.nan, draw.random(200) < 0.9
    cells[200:300], is_bad[200:300] = -9.0, draw.random(100) < 0.02

    found = cut(cells, is_bad, shape=None, specials=(-9.0,))

    usual = found.encode(np.arange(0.0, 100.0))
    assert (found.shape, found.is_one_way) == ("rises", True)
    assert (np.diff(usual) <= 0).all()
    assert (
        found.encode(np.array([math.nan]))[0]
        == found.bins[-1].woe
        == min(one.woe for one in found.bins)
    )
    assert found.encode(np.array([-9.0]))[0] == max(one.woe for one in found.bins)
    # Beside a code lie quantities, which go on as the bin around it.
    assert found.encode(np.array([-8.9, -9.1])).tolist() == [usual[0], usual[0]]


def test_folds_hold_equal_shares_and_later_rows_are_whole_periods():
    is_bad = np.arange(1_000) % 5 == 0
    fold = divide(is_bad, 5, 9)

    assert np.bincount(fold).tolist() == [200] * 5
    assert np.bincount(fold[is_bad]).tolist() == [40] * 5
    assert (divide(is_bad, 5, 9) == fold).all()

    months = np.repeat(np.arange(1.0, 7.0), 100)
    assert sorted(set(months[later(months)])) == [5.0, 6.0]
    with pytest.raises(BadInput, match="one time"):
        later(np.ones(10))


def test_lines_are_drawn_where_the_bound_holds_and_judged_on_other_rows():
    pd = np.repeat([0.01, 0.4, 0.99], 1_000)
    is_bad = np.concatenate([np.arange(1_000) < 20, np.arange(1_000) < 400, np.arange(1_000) < 985])

    lines = draw_lines(pd, is_bad)
    judged = judge_lines([(pd, is_bad, lines)])

    assert (lines.approve, lines.decline) == (0.01, 0.99)
    assert judged["approved"]["decided"] == judged["declined"]["decided"] == 1_000
    assert (judged["approved"]["right"], judged["declined"]["right"]) == (0.98, 0.985)
    assert judged["both"]["coverage"] == pytest.approx(2 / 3, abs=1e-6)
    assert wilson(8, 10) == pytest.approx(0.4901625, abs=1e-6)
    assert draw_lines(np.full(100, 0.5), np.arange(100) < 50) == type(lines)(None, None)


def test_h_is_one_for_a_seer_and_nothing_for_a_coin():
    is_bad = np.arange(2_000) % 4 == 0

    assert h_measure(is_bad.astype(float), is_bad) == pytest.approx(1.0, abs=1e-9)
    assert h_measure(np.full(2_000, 0.3), is_bad) == pytest.approx(0.0, abs=1e-9)


def test_a_spec_says_what_holds_and_refuses_what_it_does_not_know():
    spec = parse_spec({"prior": 0.05, "columns": {"a": {"direction": "falls", "special": [-9]}}})

    assert spec.of("a").specials == (-9.0,)
    assert spec.of("b").direction is None
    for wrong in ({"priors": 1}, {"prior": 2}, {"columns": {"a": {"direction": "sideways"}}}):
        with pytest.raises(BadInput) as refused_spec:
            parse_spec(wrong)
        assert refused_spec.value.code == "bad_spec"
