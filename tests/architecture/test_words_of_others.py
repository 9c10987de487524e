"""What came from outside is never a pattern, and no connection is trusted without its certificate."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "tongtu"
MAKES = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
# The one pattern that is put together: of words that stand in the same module.
TOGETHER = {"checkup/rules/guess.py"}
BLIND = {"CERT_NONE", "_create_unverified_context", "check_hostname"}


def trees():
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def patterns(tree):
    """Yield what each call of the regular expressions' module takes for a pattern."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=[first, *_]):
                if name in MAKES:
                    yield first


def test_every_pattern_is_written_in_the_code():
    found = [(name, one) for name, tree in trees() for one in patterns(tree)]

    put_together = {name for name, one in found if not isinstance(one, ast.Constant)}
    assert put_together == TOGETHER
    assert len(found) > 50


def test_no_call_turns_the_check_of_a_certificate_off():
    for name, tree in trees():
        for node in ast.walk(tree):
            word = getattr(node, "attr", getattr(node, "id", None))
            assert word not in BLIND, name
            if isinstance(node, ast.keyword) and node.arg in ("verify", "ssl", "verify_ssl"):
                off = isinstance(node.value, ast.Constant) and node.value.value is False
                assert not off, f"{name}: {node.arg}=False"
