"""The real table out of the installed package, and the model it teaches: made once."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from tongtu.replay.api import read_applicants
from tongtu.risk.api import DATA_NAME, HOMES, JOBS, Sample, Source, extract_data, save, train
from tongtu.risk.demo_data import CSV_SHA256
from tongtu.risk.rules.scorecard import Scorecard
from tongtu.risk.study.fit import fit
from tongtu.risk.study.preparation import take_rows
from tongtu.risk.study.spec import Spec
from tongtu.risk.study.table import read_cases

PLAIN = {
    "income_minor": 500_000,
    "expenses_minor": 200_000,
    "assets_minor": 9_000_000,
    "debt_minor": 0,
    "price_minor": 4_000_000,
    "seniority_years": 4,
    "home": "rent",
    "job": "part_time",
    "records": False,
    "amount_minor": 3_000_000,
    "tenor_months": 24,
}
MONEY = st.one_of(st.just(0), st.integers(0, 10**7), st.integers(0, 10**12))
FACTS = st.fixed_dictionaries(
    {
        "income_minor": st.none() | MONEY,
        "expenses_minor": MONEY,
        "assets_minor": st.none() | MONEY,
        "debt_minor": st.none() | MONEY,
        "price_minor": MONEY,
        "seniority_years": st.integers(0, 70),
        "home": st.sampled_from(HOMES),
        "job": st.sampled_from(JOBS),
        "records": st.booleans(),
        "amount_minor": st.integers(1, 10**12),
        "tenor_months": st.integers(1, 120),
    }
)


class Model:
    """A trained model; its name is short, so that a failing property can be read."""

    def __init__(self, trained):
        self.trained = trained
        self.scorecard = Scorecard.read(trained.table)

    def __repr__(self):
        return f"Model({self.trained.hash[:12]})"


def sample(applicants):
    return Sample([one.stated() for one in applicants], [one.is_bad for one in applicants])


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    path = extract_data(home)
    return SimpleNamespace(
        home=home,
        path=path,
        seen=sample(read_applicants(path, training=True)),
        unseen=sample(read_applicants(path, training=False)),
        source=Source(DATA_NAME, CSV_SHA256),
    )


@pytest.fixture(scope="session")
def model(table):
    trained = train(table.seen, table.unseen, table.source)
    save(table.home, trained)
    return Model(trained)


@pytest.fixture(scope="session")
def plain():
    return PLAIN


@pytest.fixture(scope="session")
def facts():
    """Any facts the edge may let in, as a strategy."""
    return FACTS


# Age and marital state are protected; everything else of the public table, as its file has it.
PROTECTED = ("Age", "Marital", "rownames", "Status")


def written(source, path, rows):
    """Write the first rows of the public table as a table of cases: y is 1 for bad."""
    with source.open(newline="") as file:
        kept = list(csv.DictReader(file))[:rows]
    names = [name for name in kept[0] if name not in PROTECTED]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, "y"])
        writer.writerows(
            [*[row[name] for name in names], int(row["Status"] == "bad")] for row in kept
        )
    return path


@pytest.fixture(scope="session")
def write_study_table():
    return written


@pytest.fixture(scope="session")
def studied(table, tmp_path_factory):
    """A fit of the whole public table: its cases, scorer, booster and cells."""
    path = written(table.path, tmp_path_factory.mktemp("study") / "cases.csv", 5_000)
    cases = read_cases(path, "y", Spec(), None)
    rows = np.arange(len(cases.is_bad))
    fitted = fit(cases.sheet, rows, cases.is_bad, (Spec(), 7), lambda _: None)
    return SimpleNamespace(
        path=path,
        cases=cases,
        fitted=fitted,
        scorer=fitted.scorer,
        cells=take_rows(fitted.scorer.columns, cases.sheet.columns, rows),
    )


@pytest.fixture(scope="session")
def records(studied):
    """The rows of that table as a caller would send them, one mapping each."""
    with studied.path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    worded = {one.name for one in studied.scorer.columns if one.ranks}
    return [
        {
            name: None if text in {"", "NA"} else text if name in worded else float(text)
            for name, text in row.items()
            if name != "y"
        }
        for row in rows
    ]
