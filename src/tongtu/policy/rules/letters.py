"""Letters the law asks for: which are owed by what happened, until when, with which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from tongtu.kernel.errors import Broken
from tongtu.policy.model import Check, Letter, Owed
from tongtu.policy.rules.compiler import MISSING_FACT


def owed_letters(
    asked: Sequence[tuple[Letter, Check, int]], senders: Sequence[Mapping[str, object]]
) -> tuple[Owed, ...]:
    """Return what is owed, in the pack's order.

    `asked` has each letter with what finds something where it is owed, and its days of time.
    """
    found: list[Owed] = []
    for letter, owes, within_days in asked:
        one_each = [
            owed
            for place, facts in enumerate(senders)
            if (owed := _of_sender(letter, owes, (place, facts), within_days)) is not None
        ]
        if letter.is_for_all_senders and one_each:
            dues = [owed.due_on for owed in one_each if owed.due_on is not None]
            found.append(
                Owed(
                    letter.id,
                    tuple(place for owed in one_each for place in owed.senders),
                    min(dues, default=None),
                    tuple(sorted({name for owed in one_each for name in owed.missing})),
                )
            )
        else:
            found += one_each
    return tuple(found)


def written(letter: Letter, lang: str, values: Mapping[str, str]) -> str:
    """Return the letter's text. Raises Broken for a field that is missing or empty."""
    if absent := [name for name in letter.fields if not values.get(name)]:
        raise Broken(f"the letter {letter.id} lacks {', '.join(absent)}", code="letter_incomplete")
    return letter.text[lang].format_map({name: values[name] for name in letter.fields})


def _of_sender(
    letter: Letter, owes: Check, sender: tuple[int, Mapping[str, object]], within_days: int
) -> Owed | None:
    place, facts = sender
    findings = owes(facts)
    if not findings:
        return None
    missing = {
        name
        for one in findings
        if one.code == MISSING_FACT
        for name in str(one.facts["missing"]).split(",")
    }
    begins = facts.get(letter.due_from)
    if type(begins) is not date:
        missing.add(letter.due_from)
        return Owed(letter.id, (place,), None, tuple(sorted(missing)))
    due_on = begins + timedelta(days=within_days)
    return Owed(letter.id, (place,), due_on, tuple(sorted(missing)))
