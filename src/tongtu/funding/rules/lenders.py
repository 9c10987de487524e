"""Reads the lenders' file into values, and refuses what could offer wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tongtu.funding.model import (
    FUNDERS_MAX,
    HOME_COUNTRY,
    LENDER_NUMBER_MAX,
    PPM,
    BadBook,
    CreditRoute,
    Funder,
    Guarantor,
    Joint,
    Lender,
    LenderKind,
    Program,
    RemoteLender,
)
from tongtu.kernel.ids import LenderId, ProgramId

# Bounds that a slip of the pen passes and a contract does not.
SERVICE_FEE_PPM_MAX = 500_000
MARGIN_BPS_MAX = 1_000
COMPENSATE_DAYS_MAX = 180
# Below a month, so that no instalment falls due before a borrower has made up their mind.
WITHDRAWAL_DAYS_MAX = 30
# A person waits for offers on one page; an answer beyond that helps nobody.
ANSWER_WITHIN_S_MAX = 600
# What a lender of a joint loan may be: microloan companies do not take part in them.
_JOINT_KINDS = frozenset({LenderKind.BANK, LenderKind.CONSUMER_FINANCE, LenderKind.TRUST})


def read_lenders(
    document: Mapping[str, Any],
) -> tuple[tuple[Lender, ...], tuple[Guarantor, ...]]:
    """Return the lenders in order of their number, and the guarantors.

    Raises:
        BadBook: a missing or malformed word, a number or id used twice, or two programs of one
            lender for one product (which of them would lend?); a joint program whose shares are
            not one, whose margins are not 0 together, or whose funder or guarantor is nobody.
    """
    try:
        lenders = tuple(_lender(words) for words in document["lender"])
        guarantors = tuple(_guarantor(words) for words in document.get("guarantor", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise BadBook(f"the lenders' file has a missing or malformed word: {error}") from error
    programs = [program for lender in lenders for program in lender.programs]
    houses: tuple[Lender | Guarantor, ...] = (*lenders, *guarantors)
    _once("lender number", [one.number for one in houses])
    _once("lender id", [one.id for one in houses])
    _once("program id", [program.id for program in programs])
    _once("program code", [program.code for program in programs])
    for house in houses:
        _check_house(house)
    by_number = {lender.number: lender for lender in lenders}
    for lender in lenders:
        _check(lender)
        for program in lender.programs:
            if program.joint is not None:
                _check_joint(program, program.joint, by_number, {one.number for one in guarantors})
    return tuple(sorted(lenders, key=lambda lender: lender.number)), guarantors


def read_remotes(
    document: Mapping[str, Any], houses: Sequence[Lender | Guarantor]
) -> tuple[RemoteLender, ...]:
    """Return the lenders that are asked over HTTP, in the order of the file.

    Raises:
        BadBook: as `read_lenders`; a number, id, program or code that a house has already.
    """
    try:
        remotes = tuple(
            RemoteLender(
                _lender(words),
                _within(words["answer_within_s"], 1, ANSWER_WITHIN_S_MAX),
                CreditRoute(words["credit_route"]),
                _is(words.get("signs_papers", False)),
            )
            for words in document.get("remote_lender", ())
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadBook(f"the lenders' file has a missing or malformed word: {error}") from error
    everybody = [*houses, *(one.lender for one in remotes)]
    _once("lender number", [one.number for one in everybody])
    _once("lender id", [one.id for one in everybody])
    programs = [p for one in everybody if isinstance(one, Lender) for p in one.programs]
    _once("program id", [one.id for one in programs])
    _once("program code", [one.code for one in programs])
    for remote in remotes:
        _check_house(remote.lender)
        _check(remote.lender)
        if any(program.joint is not None for program in remote.lender.programs):
            raise BadBook(f"{remote.lender.id}: a remote lender lends alone")
    return remotes


def _is(word: object) -> bool:
    if not isinstance(word, bool):
        raise TypeError(f"{word} is no yes or no")
    return word


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
        country=str(words.get("country", HOME_COUNTRY)),
        withdrawal_days=_within(words.get("withdrawal_days", 0), 0, WITHDRAWAL_DAYS_MAX),
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
        joint=_joint(words["joint"]) if "joint" in words else None,
        month_limit_minor=_whole(words["month_limit_minor"])
        if "month_limit_minor" in words
        else None,
        capital_minor=_whole(words["capital_minor"]) if "capital_minor" in words else None,
        pace_ppm=_within(words["pace_ppm"], 0, PPM) if "pace_ppm" in words else None,
    )


def _joint(words: Mapping[str, Any]) -> Joint:
    return Joint(
        funders=tuple(
            Funder(
                LenderId(_whole(one["lender"])),
                _whole(one["share_ppm"]),
                _within(one["margin_bps"], -MARGIN_BPS_MAX, MARGIN_BPS_MAX),
            )
            for one in words["funder"]
        ),
        guarantor=_whole(words["guarantor"]),
        compensate_after_days=_within(words["compensate_after_days"], 1, COMPENSATE_DAYS_MAX),
        service_fee_ppm=_within(words["service_fee_ppm"], 0, SERVICE_FEE_PPM_MAX),
    )


def _guarantor(words: Mapping[str, Any]) -> Guarantor:
    return Guarantor(
        number=_whole(words["number"]),
        id=str(words["id"]),
        zh=str(words["zh"]),
        en=str(words["en"]),
        listed_from=_day(words["listed_from"]),
        listed_to=_day(words["listed_to"]),
        funds_minor=_whole(words["funds_minor"]),
    )


def _check_house(house: Lender | Guarantor) -> None:
    if not 1 <= house.number <= LENDER_NUMBER_MAX:
        raise BadBook(f"{house.id}: a lender's number is 1 to {LENDER_NUMBER_MAX}")
    if house.listed_from > house.listed_to:
        raise BadBook(f"{house.id}: its days on the white list end before they begin")


def _check(lender: Lender) -> None:
    _once(f"product of {lender.id}", [one for p in lender.programs for one in p.products])
    for program in lender.programs:
        if not 1 <= program.tenor_min_months <= program.tenor_max_months:
            raise BadBook(f"{program.code}: its range of terms is empty")
        if not program.day_limit_minor <= (program.month_limit_minor or program.day_limit_minor):
            raise BadBook(f"{program.code}: a month has less than one of its days")
        if program.fee_payee not in (None, "guarantor", "lender"):
            raise BadBook(f"{program.code}: a fee goes to the guarantor or the lender")


def _check_joint(
    program: Program, joint: Joint, lenders: Mapping[LenderId, Lender], guarantors: set[int]
) -> None:
    """Refuse a joint program whose parts are not a whole, or of houses that are not there."""
    _once(f"funder of {program.code}", [one.lender for one in joint.funders])
    if not 2 <= len(joint.funders) <= FUNDERS_MAX or joint.funders[0].lender != program.lender:
        raise BadBook(f"{program.code}: 2 to {FUNDERS_MAX} funders, the lead lender first")
    if strange := [one.lender for one in joint.funders if one.lender not in lenders]:
        raise BadBook(f"{program.code}: no such funder: {strange}")
    if any(lenders[one.lender].kind not in _JOINT_KINDS for one in joint.funders):
        raise BadBook(f"{program.code}: a microloan company funds no joint loan")
    if sum(one.share_ppm for one in joint.funders) != PPM:
        raise BadBook(f"{program.code}: the shares of its funders are not {PPM} ppm together")
    if sum(one.share_ppm * one.margin_bps for one in joint.funders):
        raise BadBook(f"{program.code}: its funders' rates do not come to the borrower's")
    if joint.guarantor not in guarantors:
        raise BadBook(f"{program.code}: no such guarantor: {joint.guarantor}")
    if program.fee_payee not in (None, "guarantor"):
        raise BadBook(f"{program.code}: the fee of a joint loan is its guarantor's")


def _once(what: str, values: list[Any]) -> None:
    if twice := sorted({str(value) for value in values if values.count(value) > 1}):
        raise BadBook(f"{what} twice: {', '.join(twice)}")


def _whole(value: object) -> int:
    if type(value) is not int or value < 1:
        raise TypeError(f"a whole number above 0 is needed, not {value!r}")
    return value


def _within(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise TypeError(f"a whole number from {least} to {most} is needed, not {value!r}")
    return value


def _day(value: object) -> date:
    if type(value) is not date:
        raise TypeError(f"a date is needed, not {value!r}")
    return value
