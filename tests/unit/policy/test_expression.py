"""The language of rules can say what a rule needs and nothing else."""

import pytest

from tongtu.policy.model import BadPack
from tongtu.policy.rules.expression import NODES_MAX, Vocabulary, parse

WORDS = Vocabulary(
    {"n": "int", "m": "int", "yes": "bool", "word": "str", "day": "date", "words": "strings"},
    {"cap": "int", "listed": "int", "name": "str"},
)


@pytest.mark.parametrize(
    "text",
    [
        "n <= param('cap')",
        "n <= param('cap', word)",
        "1 <= n <= m * 2 + 3 - 1",
        "yes and not (n > -5 or word == 'a')",
        "word in members('listed') and word not in words",
        "all_in(words, reason_codes) and count(words) > 0",
        "day <= today",
        "abs(n - m) <= 1",
        "param('name') == word",
    ],
)
def test_a_rule_may_say_this(text):
    assert parse(text, WORDS).tree is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n",
        "n <",
        "n / m > 1",
        "n ** 9999999999 > 1",
        "n % m > 1",
        "n << 60 > 1",
        "n > 1.5",
        "n is None",
        "other > 1",
        "__import__('os')",
        "n.real > 1",
        "words[0] == 'a'",
        "[x for x in words] == words",
        "(lambda: yes)()",
        "yes if yes else yes",
        "f'{n}' == word",
        "word * 5 == word",
        "word < 'b'",
        "n == word",
        "n in words",
        "not n",
        "yes and n",
        "day <= 20261124",
        "words == words",
        "param(word) > 1",
        "param('none') > 1",
        "param('cap', n) > 1",
        "param('cap', word, word) > 1",
        "param('cap', key=word) > 1",
        "members('none') == words",
        "count(word) > 1",
        "print(n)",
        "(yes := yes)",
        "n" + " + n" * NODES_MAX + " > 1",
        "(" * 300 + "yes" + ")" * 300,
        "x" * 700,
        "yes\x00",
    ],
)
def test_a_rule_may_not_say_this(text):
    with pytest.raises(BadPack):
        parse(text, WORDS)


def test_a_rule_tells_which_facts_and_parameters_it_reads():
    found = parse("n <= param('cap', word) and word in members('listed')", WORDS)

    assert found.facts == {"n", "word"}
    assert [look.name for look in found.lookups] == ["cap"]
    assert found.sets == {"listed"}
