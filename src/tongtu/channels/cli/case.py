"""JSON cases from standard input, one or one a line, every number exact, and their answers.

A case that is refused is answered by a problem object; the exit status is then 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any, BinaryIO, NoReturn

from tongtu.kernel.errors import BadInput, TongtuError, TooLarge

CASE_BYTES_MAX = 4_000_000
REFUSED = 2
Answer = Callable[[dict[str, Any]], Mapping[str, Any]]


def declare_forms(parser: argparse.ArgumentParser) -> None:
    """Declare the two forms a door of cases has."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one case (the default)")
    form.add_argument("--jsonl", action="store_true", help="one case a line, one answer a line")


def answer_cases(arguments: argparse.Namespace, answer: Answer) -> int:
    """Answer the case, or each line, on standard input; return 0, or 2 if any was refused."""
    stream = sys.stdin.buffer
    if not arguments.jsonl:
        return _answer(partial(read_case, stream), answer)
    worst = 0
    while text := stream.readline(CASE_BYTES_MAX + 1):
        too_large = len(text) > CASE_BYTES_MAX
        while too_large and not text.endswith(b"\n") and text:
            text = stream.readline(CASE_BYTES_MAX + 1)
        if too_large:
            worst = max(worst, _answer(_refuse_size, answer))
        elif text.strip():
            worst = max(worst, _answer(partial(parse_case, text), answer))
    return worst


def read_case(stream: BinaryIO) -> dict[str, Any]:
    """Return the JSON object on the stream; fractions come as Decimal. Raises BadInput."""
    text = stream.read(CASE_BYTES_MAX + 1)
    if len(text) > CASE_BYTES_MAX:
        _refuse_size()
    return parse_case(text)


def parse_case(text: bytes) -> dict[str, Any]:
    """Return the JSON object of the text; fractions come as Decimal. Raises BadInput."""
    try:
        case = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadInput("standard input holds no JSON") from None
    if not isinstance(case, dict):
        raise BadInput("a case is a JSON object")
    return case


def problem_of(error: TongtuError) -> dict[str, Any]:
    """Return the refusal in the shape of the API's problems."""
    problem: dict[str, Any] = {
        "type": f"urn:tongtu:problem:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
    }
    if error.fields:
        problem["fields"] = error.fields
    return problem


def _answer(read: Callable[[], dict[str, Any]], answer: Answer) -> int:
    try:
        found, status = answer(read()), 0
    except TongtuError as error:
        found, status = problem_of(error), REFUSED
    print(json.dumps(found, ensure_ascii=False), flush=True)
    return status


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _refuse_size() -> NoReturn:
    raise TooLarge(f"a case has at most {CASE_BYTES_MAX} bytes")
