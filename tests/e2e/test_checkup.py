"""The page of a checkup in a browser: alone, in both languages and themes, without a script too."""

from datetime import date

import pytest
from tests.e2e.conftest import check_accessible
from tests.unit.checkup.books import rows_of, write

from tongtu.checkup.api import Asking, Columns, Role, audit, document, guess_columns, summarise
from tongtu.policy.api import Pack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkup")
    rows = rows_of(80)
    rows[3][4] += 700  # does not recompute
    rows[4][2], rows[4][4] = 300_000, 200_000  # above the cap
    book = write(folder / "<b>book.csv", rows)
    guessed = guess_columns(book)
    columns = Columns(
        guessed.columns, guessed.money, guessed.rate, constants={Role.LENDER_KIND: "bank"}
    )
    asking = Asking(Pack.load("cn/2026.08"), date(2026, 11, 28), is_learning=False)
    made = document(summarise(audit(book, columns, asking, lambda *_: None)), "zh")
    path = folder / "page.html"
    path.write_text(made, encoding="utf-8")
    return path


@pytest.fixture
def open_file(browser, page_file):
    contexts = []

    def opened(**options):
        context = browser.new_context(viewport={"width": 390, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        return page, asked

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("theme", "tongue", "title"),
    [("light", "zh", "贷款账本体检"), ("dark", "en", "Checkup of a loan book")],
)
def test_the_page_is_accessible_and_asks_nobody(theme, tongue, title, open_file):
    page, asked = open_file(color_scheme=theme)
    page.get_by_role("button", name="中文" if tongue == "zh" else "English").click()

    assert page.get_by_role("heading", level=1).inner_text() == title
    assert page.locator("html").get_attribute("lang") == tongue
    check_accessible(page, f"checkup-{tongue}-{theme}")
    assert len(asked) == 1


def test_without_scripts_one_language_shows_and_every_finding_is_there(open_file):
    page, _ = open_file(java_script_enabled=False)

    text = page.locator("main").inner_text()

    assert "每一笔月供重算" in text
    assert "Every instalment" not in text
    assert "账上" in text
    assert page.locator("b").count() == 0  # the book's name is text
