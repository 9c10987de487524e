"""Two scores on the same loans, the mapping file, and what a page must not let through."""

import re
from pathlib import Path

import numpy as np
import pytest
from tests.unit.checkup.books import rows_of, write

from tongtu.checkup.api import guess_columns, read_mapping, write_mapping
from tongtu.checkup.page.parts import table
from tongtu.checkup.page.style import DARK, LIGHT, style
from tongtu.checkup.page.words import money, say
from tongtu.checkup.rules.ranking import compare

TOKENS = Path(__file__).parents[3] / "web/src/shared/tokens.css"


def test_the_difference_of_two_areas_is_delongs():
    theirs = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    ours = np.array([2.0, 1, 3, 3, 6, 5, 7, 8])
    is_bad = np.array([0, 0, 1, 0, 0, 1, 1, 1], bool)

    found = compare(theirs, ours, is_bad, np.arange(1, 9))

    # By hand: psi is 1 above, 1/2 at a tie, 0 below; 4 bad by 4 good loans.
    def parts(score):
        psi = [[(b > g) + (b == g) / 2 for g in score[~is_bad]] for b in score[is_bad]]
        return np.mean(psi, axis=1), np.mean(psi, axis=0)

    (bad_1, good_1), (bad_2, good_2) = parts(theirs), parts(ours)
    spread = 1.959964 * np.sqrt(
        np.var(bad_2 - bad_1, ddof=1) / 4 + np.var(good_2 - good_1, ddof=1) / 4
    )
    assert found.theirs.auc == bad_1.mean() == 14 / 16
    assert found.ours.auc == bad_2.mean() == 13.5 / 16
    assert found.difference_high - found.difference == pytest.approx(spread, abs=1e-12)


def test_a_swap_set_holds_every_loan_once_and_each_score_keeps_four_fifths():
    theirs = np.arange(10.0)
    is_bad = np.array([0, 0, 0, 1, 0, 0, 0, 1, 1, 1], bool)

    found = compare(theirs, theirs[::-1].copy(), is_bad, np.full(10, 100))

    cells = {name: (cell.loans, cell.bad) for name, cell in found.swap.items()}
    assert cells == {"both": (6, 2), "theirs_only": (2, 0), "ours_only": (2, 2), "neither": (0, 0)}
    assert found.swap["ours_only"].bad_principal_minor == 200


def test_a_mapping_is_read_back_as_it_was_written_whatever_its_columns_are_called(tmp_path):
    rows = [[*row, "x"] for row in rows_of(30)]
    path = write(tmp_path / "book.csv", rows, ('a "quoted" \\ name = [逾期]',))
    guessed = guess_columns(path)

    write_mapping(guessed, tmp_path / "m.toml")
    found = read_mapping(tmp_path / "m.toml")

    assert (found.columns, found.money, found.rate, found.bad) == (
        guessed.columns, guessed.money, guessed.rate, guessed.bad,
    )  # fmt: skip
    assert found.leave_out == guessed.leave_out
    assert found.is_higher_riskier is guessed.is_higher_riskier


def test_the_pages_colours_are_those_of_the_tokens():
    text = TOKENS.read_text(encoding="utf-8")
    light, dark = text.split(':root[data-theme="dark"]')

    for values, block in ((LIGHT, light), (DARK, dark)):
        for name, value in values.items():
            assert re.search(rf"--tt-{name}: *{value};", block), name
    assert "prefers-color-scheme:dark" in style()


def test_words_of_a_book_are_text_on_the_page_and_never_markup():
    page = table(say("<b>", "&"), ["h"], [[say("<script>", "x")]])

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert money(-123456789) == "−1,234,567.89"
