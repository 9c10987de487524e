"""What a bureau's report must look like before anybody decides by it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from tongtu.kernel.errors import BadInput

REPORT_BYTES_MAX = 64 * 1024
_COUNT_MAX = 10_000


class BadReport(BadInput):
    """A report that is cut, of another person or query, or says what cannot be."""

    default_code = "bad_report"


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A report: when the bureau made it, and the figures decisions read."""

    query: str
    subject: str
    made_at: datetime
    has_record: bool
    overdue_accounts: int = 0
    inquiries_6m: int = 0
    debt_minor: int = 0


_decoder = msgspec.json.Decoder(Report)


def read_report(answer: bytes, query: int, subject: str) -> Report:
    """Return the report of exactly this query and person. Raises BadReport."""
    if len(answer) > REPORT_BYTES_MAX:
        raise BadReport("a report is too large")
    try:
        report = _decoder.decode(answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadReport("a report cannot be read") from None
    if (report.query, report.subject) != (str(query), subject):
        raise BadReport("a report is of another query or person")
    if report.made_at.tzinfo is None:
        raise BadReport("a report's instant has no zone")
    counts = (report.overdue_accounts, report.inquiries_6m)
    if not all(0 <= one <= _COUNT_MAX for one in counts) or report.debt_minor < 0:
        raise BadReport("a report says what cannot be")
    return report


def made_at(report: Report) -> datetime:
    """Return when the bureau made it, in UTC."""
    return report.made_at.astimezone(UTC)
