"""What the pages' sources never do, read off the sources themselves."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "web"
SOURCES = {
    path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((WEB / "src").rglob("*"))
    if path.suffix in {".ts", ".tsx", ".html", ".js"}
}


@pytest.mark.parametrize(("asvs", "never"), [
    ("1.3.2", r"\beval\(|new Function\("),
    ("3.2.2", r"innerHTML|outerHTML|insertAdjacentHTML|document\.write"),
    ("3.5.5", r"postMessage|addEventListener\(\s*[\"']message[\"']"),
    ("3.7.2", r"window\.open\(|location\.(?:href|assign|replace)\s*[=(]\s*[\"'`]https?:"),
    ("15.3.6", r"Object\.assign\(|__proto__|\bmerge\("),
])  # fmt: skip
def test_no_page_makes_markup_or_code_of_text_nor_listens_to_another_window(asvs, never):
    assert len(SOURCES) > 40
    assert [name for name, text in SOURCES.items() if re.search(never, text)] == [], asvs


def test_a_session_lives_in_its_tab_and_what_outlives_it_names_nobody():
    """ASVS 14.3.1, 14.3.3: the draft of a wish, and what it pays for, stay on the device, without name, id or phone."""
    users = {
        kind: sorted(name for name, text in SOURCES.items() if f"{kind}." in text)
        for kind in ("localStorage", "sessionStorage", "indexedDB", "document.cookie")
    }
    draft = SOURCES["src/borrower/draft.ts"]
    fields = re.search(r"export interface Draft \{(.*?)\n\}", draft, re.DOTALL)[1]

    assert users["localStorage"] == ["src/shared/lang.ts"]
    # The palette keeps which pages were opened last, until the tab is closed.
    assert users["sessionStorage"] == [
        "src/borrower/session.ts", "src/console/session.ts", "src/console/shell/palette.tsx",
    ]  # fmt: skip
    assert users["indexedDB"] == users["document.cookie"] == []
    assert re.findall(r"^  (\w+):", fields, re.MULTILINE) == [
        "version", "product", "amount_minor", "tenor_months", "purpose", "facts", "basket", "key",
        "saved_at",
    ]  # fmt: skip
    # What was read of the person stays in the tab, and goes with the log-in.
    session = SOURCES["src/borrower/session.ts"]
    assert "if (name.startsWith(SEEN)) keep(name, null)" in session.split("function signedOut")[1]
    me = SOURCES["src/borrower/pages/me.tsx"]
    assert "signedOut();\n    dropDraft();" in me


def test_a_secret_is_typed_where_it_is_not_shown():
    """ASVS 6.2.6, 6.2.7: password and token are the only secrets that a page asks for."""
    assert SOURCES["src/console/sign-in/page.tsx"].count("<Input.Password") == 2
    assert not [name for name, text in SOURCES.items() if "onPaste" in text]
