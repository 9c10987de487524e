"""A notice names one reader; every template says the same in two languages."""

import string

import pytest

from tongtu.notice.api import TEMPLATES, Notice


@pytest.mark.parametrize("reader", [{}, {"party": 1, "phone": "+8614412345678"}])
def test_a_notice_goes_to_a_party_or_to_a_phone(reader):
    with pytest.raises(ValueError, match="party or to a phone"):
        Notice("sign_in_code", {"code": "1"}, **reader)


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_gives_its_values_in_both_languages(template):
    names = [name for _, name, _, _ in string.Formatter().parse(TEMPLATES[template]) if name]

    assert len(names) == 2 * len(set(names))
    assert TEMPLATES[template].startswith("【通途】")
