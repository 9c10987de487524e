"""Reads the lenders' file into values, and refuses what could offer wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tongtu.funding.model import LENDER_NUMBER_MAX, BadBook, Lender, LenderKind, Program
from tongtu.kernel.ids import LenderId, ProgramId


def read_lenders(document: Mapping[str, Any]) -> tuple[Lender, ...]:
    """Return the lenders in order of their number.

    Raises:
        BadBook: a missing or malformed word, a number or id used twice, or two programs of one
            lender for one product (which of them would lend?).
    """
    try:
        lenders = tuple(_lender(words) for words in document["lender"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadBook(f"the lenders' file has a missing or malformed word: {error}") from error
    programs = [program for lender in lenders for program in lender.programs]
    _once("lender number", [lender.number for lender in lenders])
    _once("lender id", [lender.id for lender in lenders])
    _once("program id", [program.id for program in programs])
    _once("program code", [program.code for program in programs])
    for lender in lenders:
        _check(lender)
    return tuple(sorted(lenders, key=lambda lender: lender.number))


def _lender(words: Mapping[str, Any]) -> Lender:
    number = LenderId(_whole(words["number"]))
    return Lender(
        number=number,
        id=str(words["id"]),
        zh=str(words["zh"]),
        en=str(words["en"]),
        kind=LenderKind(words["kind"]),
        listed_from=_day(words["listed_from"]),
        listed_to=_day(words["listed_to"]),
        funds_minor=_whole(words["funds_minor"]),
        programs=tuple(_program(number, one) for one in words["program"]),
    )


def _program(lender: LenderId, words: Mapping[str, Any]) -> Program:
    return Program(
        id=ProgramId(_whole(words["id"])),
        lender=lender,
        code=str(words["code"]),
        zh=str(words["zh"]),
        en=str(words["en"]),
        products=tuple(str(product) for product in words["products"]),
        amount_min_minor=_whole(words["amount_min_minor"]),
        tenor_min_months=_whole(words["tenor_min_months"]),
        tenor_max_months=_whole(words["tenor_max_months"]),
        day_limit_minor=_whole(words["day_limit_minor"]),
        fee_payee=words.get("fee_payee"),
    )


def _check(lender: Lender) -> None:
    _once(f"product of {lender.id}", [one for p in lender.programs for one in p.products])
    if not 1 <= lender.number <= LENDER_NUMBER_MAX:
        raise BadBook(f"{lender.id}: a lender's number is 1 to {LENDER_NUMBER_MAX}")
    if lender.listed_from > lender.listed_to:
        raise BadBook(f"{lender.id}: its days on the white list end before they begin")
    for program in lender.programs:
        if not 1 <= program.tenor_min_months <= program.tenor_max_months:
            raise BadBook(f"{program.code}: its range of terms is empty")
        if program.fee_payee not in (None, "guarantor", "lender"):
            raise BadBook(f"{program.code}: a fee goes to the guarantor or the lender")


def _once(what: str, values: list[Any]) -> None:
    if twice := sorted({str(value) for value in values if values.count(value) > 1}):
        raise BadBook(f"{what} twice: {', '.join(twice)}")


def _whole(value: object) -> int:
    if type(value) is not int or value < 1:
        raise TypeError(f"a whole number above 0 is needed, not {value!r}")
    return value


def _day(value: object) -> date:
    if type(value) is not date:
        raise TypeError(f"a date is needed, not {value!r}")
    return value
