"""Files no audit can begin with: refused with status 2, what to do next, and nothing written."""

import pytest

from tongtu.channels.cli import main

HEAD = "loan_amount,interest_rate,term,installment\n"
GOOD = HEAD + "10000,12,12,888.49\n20000,12,12,1776.98\n"
PARTIAL = "[columns]\nprincipal = 'loan_amount'\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "give the path of a .csv or .parquet"),
        (b"", "save it as CSV with a head line"),
        (b"PK\x03\x04rest of a spreadsheet", "save the sheet as CSV (UTF-8)"),
        (b"PAR1 but no parquet", "save it as CSV with a head line, or as parquet"),
        (HEAD.encode(), "a book has a head line, one loan a line"),
        (b"one column\n1\n2\n", "its columns are parted by commas"),
        (b"a,b\n1,2\n3,4\n", "write a mapping file with [columns]"),
        (b"\xff\xfe\x00bad,\x81\n", "save it as CSV"),
    ],
)
def test_a_file_that_is_no_book_is_refused_with_the_next_step(content, said, tmp_path, capsys):
    path = tmp_path / "book.csv"
    if content is not None:
        path.write_bytes(content)

    assert main(["checkup", str(path), "--yes"]) == 2

    assert said in capsys.readouterr().err
    assert {one.name for one in tmp_path.iterdir()} <= {"book.csv"}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("not toml [", "cannot be read"),
        ("[columns]\nheight = 'x'\n", "height is nothing a book tells"),
        (PARTIAL, "does not say which column is rate, months, instalment"),
        (
            PARTIAL + "rate = 'interest_rate'\nmonths = 'term'\ninstalment = 'payment'\n",
            "has no column 'payment' (instalment); it has: loan_amount",
        ),
        ("[columns]\n[weather]\n", "a mapping has no [weather]"),
        (PARTIAL + "[units]\nmoney = 'cows'\n", "does not say which column is rate"),
        ("[columns]\n[outcome]\nbad = 'Late'\n", "does not say which column"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_the_word(mapping, said, tmp_path, capsys):
    book, path = tmp_path / "book.csv", tmp_path / "m.toml"
    book.write_text(GOOD)
    path.write_text(mapping)

    assert main(["checkup", str(book), "--mapping", str(path)]) == 2

    assert said in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["book.csv", "m.toml"]


def test_a_unit_that_makes_every_line_unlawful_says_so(tmp_path, capsys):
    book, path = tmp_path / "book.csv", tmp_path / "m.toml"
    book.write_text(GOOD)
    path.write_text(
        "[columns]\nprincipal = 'loan_amount'\nrate = 'interest_rate'\nmonths = 'term'\n"
        "instalment = 'installment'\n[units]\nrate = 'fraction'\n"
    )

    assert main(["checkup", str(book), "--mapping", str(path)]) == 2

    err = capsys.readouterr().err
    assert "not one line can be read; line 2: interest_rate (rate)" in err
    assert "Change the mapping" in err
    assert not (tmp_path / "book.checkup.html").exists()
