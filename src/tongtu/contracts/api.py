"""The door of contracts: cost disclosure, agreement, signature."""

from tongtu.contracts.authority import CaProvider, LocalCa
from tongtu.contracts.flow import (
    Draft,
    agreement_of_application,
    agreement_of_offer,
    confirm_cost,
    find_agreement,
    find_disclosure,
    find_withdrawal,
    keep_draft,
    keep_signed,
    keep_withdrawal,
    print_draft,
    read_document,
    seal_draft,
    show_cost,
)
from tongtu.contracts.model import (
    Agreement,
    AgreementStatus,
    CostTable,
    Deal,
    Disclosure,
    Lender,
    PlanRow,
    Withdrawal,
)
from tongtu.contracts.paper import Borrower
from tongtu.contracts.press import LETTER, Press
from tongtu.contracts.rules import is_payable, moved, overdue_rate_bps, yuan
from tongtu.contracts.seal import Verdict, verify_agreement
from tongtu.contracts.store import signed_on

__all__ = [
    "LETTER",
    "Agreement",
    "AgreementStatus",
    "Borrower",
    "CaProvider",
    "CostTable",
    "Deal",
    "Disclosure",
    "Draft",
    "Lender",
    "LocalCa",
    "PlanRow",
    "Press",
    "Verdict",
    "Withdrawal",
    "agreement_of_application",
    "agreement_of_offer",
    "confirm_cost",
    "find_agreement",
    "find_disclosure",
    "find_withdrawal",
    "is_payable",
    "keep_draft",
    "keep_signed",
    "keep_withdrawal",
    "moved",
    "overdue_rate_bps",
    "print_draft",
    "read_document",
    "seal_draft",
    "show_cost",
    "signed_on",
    "verify_agreement",
    "yuan",
]
