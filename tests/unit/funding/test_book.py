from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import BadBook, LenderKind, ProgramQuote, Sought, load_book
from tongtu.policy.api import Pack
from tongtu.tables.api import BadFact, BadTable, load_cases, rules_root, uncovered_rows

# The version of lender 1's policy as it was before a program could have a month's limit.
YUNXIU = "3ee0507b7387261984664708ab4cfd68bb944c338aa2d01c8a0913052787b1d2"

seekers = st.builds(
    Sought,
    product=st.sampled_from(
        ["consumer_cash", "goods_instalment", "home_improvement", "education_training", "yacht"]
    ),
    purpose=st.sampled_from(["goods", "education", "home_improvement", "travel"]),
    amount_minor=st.integers(1, 30_000_000),
    tenor_months=st.integers(1, 120),
    band=st.integers(0, 7),
    home=st.sampled_from(["unknown", "owner", "rent", "parents", "private", "other"]),
    job=st.sampled_from(["unknown", "fixed", "freelance", "part_time", "other"]),
    records=st.booleans(),
    seniority_years=st.integers(0, 60),
    income_minor=st.none() | st.integers(0, 10**7),
    assets_minor=st.none() | st.integers(0, 10**9),
    dsr_ppm=st.none() | st.integers(0, 10**12),
)


def test_seven_lenders_stand_in_the_book_with_their_days_on_the_white_list(book):
    assert [(one.number, one.id, one.zh, one.kind) for one in book.lenders] == [
        (1, "yunxiu", "云岫银行", LenderKind.BANK),
        (2, "chenglan", "澄澜银行", LenderKind.BANK),
        (3, "heguang", "禾光消费金融", LenderKind.CONSUMER_FINANCE),
        (4, "xingdu", "星渡消费金融", LenderKind.CONSUMER_FINANCE),
        (5, "luzhu", "鹿渚小贷", LenderKind.MICROLOAN),
        (6, "nanping", "南屏信托", LenderKind.TRUST),
        (7, "jianghai", "江海银行", LenderKind.BANK),
    ]
    luzhu = book.find_lender("luzhu")
    assert (luzhu.listed_from, luzhu.listed_to) == (date(2025, 10, 1), date(2027, 12, 31))
    assert book.find_lender("nobody") is None


def test_the_best_customer_is_quoted_by_all_seven_at_the_price_of_the_grid(book, sought):
    routing = book.route(sought)

    assert routing.refusals == ()
    assert routing.quotes == (
        ProgramQuote(101, 1, 445, 0),
        ProgramQuote(201, 2, 575, 4_800),
        ProgramQuote(301, 3, 810, 0),
        ProgramQuote(401, 4, 900, 0),
        ProgramQuote(501, 5, 1_350, 0),
        ProgramQuote(601, 6, 705, 0),
        ProgramQuote(701, 7, 445, 3_000),
    )
    assert book.eligible(sought) == routing.quotes


@pytest.mark.parametrize(
    ("change", "lender", "reason"),
    [
        ({"product": "education_training"}, 5, "product_not_offered"),
        ({"tenor_months": 72}, 1, "tenor_not_offered"),
        ({"tenor_months": 6}, 6, "tenor_not_offered"),
        ({"amount_minor": 299_999}, 1, "amount_out_of_range"),
        ({"amount_minor": 12_000_001}, 4, "amount_out_of_range"),
        ({"band": 4}, 1, "lender_policy"),
        ({"income_minor": None, "dsr_ppm": None}, 5, "lender_policy"),
        ({"dsr_ppm": 450_001}, 1, "lender_policy"),
    ],
)
def test_a_refusal_names_what_a_person_could_change_first(book, sought, change, lender, reason):
    assert dict(book.route(sought._replace(**change)).refusals)[lender] == reason


def test_a_debt_service_of_exactly_the_limit_is_within_it(book, sought):
    quoted = {quote.lender for quote in book.eligible(sought._replace(dsr_ppm=450_000))}

    assert 1 in quoted


@given(sought=seekers)
def test_every_lender_answers_once_and_within_its_own_limits(book, sought):
    routing = book.route(sought)

    answered = [quote.lender for quote in routing.quotes] + [one for one, _ in routing.refusals]
    assert sorted(answered) == [1, 2, 3, 4, 5, 6, 7]
    assert book.route(sought) == routing
    for quote in routing.quotes:
        program = book.program(quote.program)
        assert sought.product in program.products
        assert program.amount_min_minor <= sought.amount_minor <= 20_000_000
        assert program.tenor_min_months <= sought.tenor_months <= program.tenor_max_months
        assert sought.income_minor is not None
        assert sought.dsr_ppm is not None


def test_what_no_table_can_read_is_a_fault_and_no_answer(book, sought):
    with pytest.raises(BadFact):
        book.route(sought._replace(band=8))


def test_every_row_of_the_policy_table_is_proved_by_a_golden_case(book):
    cases = load_cases(rules_root() / "lender_eligibility.json")

    assert uncovered_rows(book.eligibility, cases) == []


def test_lenders_fit_the_products_and_the_pack(book):
    catalogue, pack = Catalogue.load(), Pack.load("cn/2026.08")
    offered = set()
    for program in book.programs():
        kind = book.lender(program.lender).kind.value
        for product in map(catalogue.find, program.products):
            assert kind in product.lender_kinds, (program.code, product.id)
            offered.add(product.id)
    codes = ("product_not_offered", "tenor_not_offered", "amount_out_of_range", "lender_policy")

    assert offered == {product.id for product in catalogue.all()}
    assert all(pack.reason(code, lang) for code in codes for lang in ("zh", "en"))


def test_a_lenders_policy_version_changes_with_its_own_rules_and_prices_only(book, spoil):
    before = {one.number: book.policy_hash(one.number) for one in book.lenders}

    spoil("price_grid.csv", "501,0,12,1340,0", "501,0,12,1341,0")
    priced = load_book(
        spoil("lender_eligibility.json", '"seniority": ">= 3"', '"seniority": ">= 2"')
    )

    after = {one.number: priced.policy_hash(one.number) for one in priced.lenders}
    assert {number for number in before if before[number] != after[number]} == {5, 6}
    assert priced.hash != book.hash
    assert load_book().hash == book.hash


def test_a_change_of_the_joint_program_is_a_change_of_all_who_fund_it(book, spoil):
    priced = load_book(spoil("price_grid.csv", "701,0,12,430,10", "701,0,12,431,10"))

    changed = {
        one.number
        for one in book.lenders
        if book.policy_hash(one.number) != priced.policy_hash(one.number)
    }
    assert changed == {1, 3, 7}


def test_a_limit_of_a_month_is_a_term_of_its_lender_and_none_leaves_versions_as_they_were(
    book, spoil
):
    day = "day_limit_minor = 4_000_000_000"
    limited = load_book(
        spoil("lenders.toml", day, f"{day}\nmonth_limit_minor = 9_000_000_000\npace_ppm = 0")
    )

    changed = [
        one
        for one in book.lenders
        if book.policy_hash(one.number) != limited.policy_hash(one.number)
    ]
    assert len(changed) == 1
    (program,) = (one for one in limited.programs() if one.month_limit_minor)
    assert (program.month_limit_minor, program.pace_ppm) == (9_000_000_000, 0)
    assert (program.lender, program.capital_minor) == (changed[0].number, None)
    assert book.policy_hash(1) == YUNXIU


def test_a_remote_lenders_terms_are_of_the_version_and_of_no_other_lenders_policy(book, spoil):
    changed = load_book(
        spoil(
            "lenders.toml",
            "tenor_max_months = 36\nday_limit_minor = 10_000_000_000\n\n# Guar",
            "tenor_max_months = 24\nday_limit_minor = 10_000_000_000\n\n# Guar",
        )
    )

    assert [one.programs[0].tenor_max_months for one in changed.everybody()[-1:]] == [24]
    assert changed.hash != book.hash
    assert [changed.policy_hash(one.number) for one in book.lenders] == [
        book.policy_hash(one.number) for one in book.lenders
    ]


def test_a_joint_loan_is_shared_to_the_fen_each_funder_at_its_own_rate(book):
    shares = book.shares(701, 3_000_001, 430)

    assert [(one.lender, one.principal_minor, one.rate_bps) for one in shares.members] == [
        (7, 1_200_001, 460), (1, 900_000, 370), (3, 900_000, 450),
    ]  # fmt: skip
    assert (shares.principal_minor, shares.guarantor) == (3_000_001, 31)
    assert book.shares(101, 3_000_000, 430) is None


def test_a_joint_program_stands_on_the_white_list_while_all_who_take_part_do(spoil):
    book = load_book(
        spoil(
            "lenders.toml",
            'en = "Taihe Guarantee"\nlisted_from = 2025-10-01\nlisted_to = 2029-12-31',
            'en = "Taihe Guarantee"\nlisted_from = 2026-01-01\nlisted_to = 2028-12-31',
        )
    )

    assert book.listed(701) == (date(2026, 1, 1), date(2028, 12, 31))
    assert book.listed(101) == (date(2025, 10, 1), date(2029, 12, 31))
    assert [one.number for one in book.funders(701)] == [7, 1, 3]


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("lenders.toml", "number = 6", "number = 5", "lender number twice: 5"),
        ("lenders.toml", "id = 402", "id = 401", "program id twice: 401"),
        ("lenders.toml", 'products = ["education_training"]', 'products = ["consumer_cash"]',
         "product of xingdu twice: consumer_cash"),
        ("lenders.toml", "number = 6", "number = 41", "1 to 40"),
        ("lenders.toml", 'kind = "trust"', 'kind = "pawnshop"', "malformed word"),
        ("lenders.toml", "listed_to = 2027-12-31", "listed_to = 2024-12-31", "before they begin"),
        ("lenders.toml", 'fee_payee = "guarantor"', 'fee_payee = "platform"', "guarantor or the"),
        ("lenders.toml", 'fee_payee = "guarantor"', "", "fee without payee"),
        ("lenders.toml", "day_limit_minor = 4_000_000_000", "day_limit_minor = 4e9", "malformed"),
        ("lenders.toml", "day_limit_minor = 4_000_000_000",
         "day_limit_minor = 4_000_000_000\nmonth_limit_minor = 3_999_999_999", "less than one of"),
        ("lenders.toml", "day_limit_minor = 4_000_000_000",
         "day_limit_minor = 4_000_000_000\npace_ppm = 1_000_001", "0 to 1000000"),
        ("lenders.toml", "[[lender]]", "[[lender", "not TOML"),
        ("lenders.toml", "share_ppm = 400_000", "share_ppm = 400_001", "not 1000000 ppm together"),
        ("lenders.toml", "margin_bps = 20", "margin_bps = 21", "do not come to the borrower's"),
        ("lenders.toml", "margin_bps = 20", "margin_bps = 2000", "-1000 to 1000"),
        ("lenders.toml", "lender = 3\n", "lender = 8\n", r"no such funder: \[8\]"),
        ("lenders.toml", "lender = 3\n", "lender = 1\n", "funder of jianghai_joint twice: 1"),
        ("lenders.toml", "lender = 3\n", "lender = 5\n", "a microloan company funds no joint"),
        ("lenders.toml", "lender = 7\n", "lender = 2\n", "the lead lender first"),
        ("lenders.toml", "guarantor = 31", "guarantor = 32", "no such guarantor: 32"),
        ("lenders.toml", "number = 31", "number = 6", "lender number twice: 6"),
        ("lenders.toml", "service_fee_ppm = 50_000", "service_fee_ppm = 500_001", "0 to 500000"),
        ("price_grid.csv", "701,0,12,430", "701,0,12,59", "lend below 0 at 59"),
        ("price_grid.csv", "601,0,12", "602,0,12", "no such program"),
        ("price_grid.csv", "601,0,24,705,0", "601,0,12,705,0", "two prices for one cell"),
        ("price_grid.csv", "601,0,60,735,0", "601,0,48,735,0", "a term without a price"),
        ("price_grid.csv", "601,0,60,735,0", "601,0,60,7.35,0", "five whole numbers"),
        ("price_grid.csv", "601,0,60,735,0", "601,8,60,735,0", "outside its bounds"),
        ("price_grid.csv", "rate_bps", "rate", "the columns are"),
    ],
)  # fmt: skip
def test_a_book_that_could_offer_wrongly_is_refused(spoil, name, old, new, why):
    with pytest.raises(BadBook, match=why):
        load_book(spoil(name, old, new))


def test_a_policy_for_a_program_nobody_has_is_refused(spoil, folder):
    spoil("lender_eligibility.json", '"program": "601"', '"program": "609"')
    spoil("lender_eligibility.cases.json", '"program": 601', '"program": 609')

    with pytest.raises(BadBook, match="names no program"):
        load_book(folder)


def test_a_book_whose_golden_cases_fail_is_refused(spoil):
    with pytest.raises(BadTable, match="part-time work in the best band"):
        load_book(
            spoil(
                "lender_eligibility.json", "not in ['part_time', 'unknown']", "not in ['unknown']"
            )
        )


def test_a_missing_file_is_named(folder):
    (folder / "price_grid.csv").unlink()

    with pytest.raises(BadBook, match=r"price_grid\.csv cannot be read"):
        load_book(folder)
