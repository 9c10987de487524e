"""The door of journey: what a person or an event sets in motion, in the right order."""

from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.accept import ask_person
from tongtu.journey.apply import Asked, apply, begin_apply, decision_lane
from tongtu.journey.contract import SIGNED, Papers, Signature
from tongtu.journey.contract import confirm as confirm_cost
from tongtu.journey.contract import prepare as prepare_agreement
from tongtu.journey.contract import show as show_cost
from tongtu.journey.contract import sign as sign_agreement
from tongtu.journey.day_end import close_days
from tongtu.journey.debit import DebitWorker
from tongtu.journey.identity import identify_person
from tongtu.journey.outcome import settled as payment_settled
from tongtu.journey.payout import start as start_payout
from tongtu.journey.repayment import Repayment, repay
from tongtu.journey.second_payout import House, pay_again, propose_payout
from tongtu.journey.statements import LenderMatching, match_statements

__all__ = [
    "SIGNED",
    "Asked",
    "DebitWorker",
    "House",
    "LenderMatching",
    "Papers",
    "Repayment",
    "Signature",
    "accept_offer",
    "apply",
    "ask_person",
    "begin_apply",
    "close_days",
    "confirm_cost",
    "decision_lane",
    "identify_person",
    "match_statements",
    "pay_again",
    "payment_settled",
    "prepare_agreement",
    "propose_payout",
    "repay",
    "show_cost",
    "sign_agreement",
    "start_payout",
]
