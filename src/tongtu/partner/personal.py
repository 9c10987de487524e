"""What partner keeps leads to a person by number alone: news without a name."""

from __future__ import annotations

NUMBERED = {
    "partner.delivery": "news to partners about numbered things",
    "partner.webhook": "partners",
    "partner.sandbox_ended": "partners",
}
