"""The door of journey: what a person or an event sets in motion, in the right order."""

from tongtu.journey.accept import Chosen, ask_person, gone_offers
from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.apply import Asked, apply, begin_apply, decision_lane
from tongtu.journey.channel import draw_code, make_resume_code, resume_verification
from tongtu.journey.checkout import (
    Buying,
    Returning,
    Shop,
    ask_payment,
    buy,
    capture,
    plans_of,
    return_goods,
)
from tongtu.journey.checkout import cancel as cancel_purchase
from tongtu.journey.clause import ClauseSeen, acknowledge_clauses, seen_clauses
from tongtu.journey.contact import Contact, contact_borrower, note_answered
from tongtu.journey.contract import SIGNED, Papers, Signature
from tongtu.journey.contract import confirm as confirm_cost
from tongtu.journey.contract import prepare as prepare_agreement
from tongtu.journey.contract import show as show_cost
from tongtu.journey.contract import sign as sign_agreement
from tongtu.journey.day_end import close_days
from tongtu.journey.debit import DebitWorker
from tongtu.journey.desk import (
    Opinion,
    allow_ruling,
    ask_for_documents,
    list_reviews,
    rule_review,
)
from tongtu.journey.dispute import allow_verdict, propose_verdict
from tongtu.journey.document import (
    DocumentsAsked,
    list_case_documents,
    list_own_documents,
    read_document,
    take_case,
    upload_document,
)
from tongtu.journey.dossier import contract_bundle
from tongtu.journey.draw import own_facility
from tongtu.journey.erasure import Line, carry_out, erase_person, keep_terms, plan_erasure
from tongtu.journey.form import fill_in_form, look_at_form
from tongtu.journey.holdings import HOLDINGS, NUMBERED
from tongtu.journey.identity import identify_person
from tongtu.journey.law_of_money import check_accrual, flows_forbidden, forbid_flows
from tongtu.journey.ledger_deed import (
    LimitWish,
    allow_limits,
    allow_period_end,
    propose_limits,
    propose_period_end,
)
from tongtu.journey.lender_key import NewKey, propose_lender_key, register_lender_key
from tongtu.journey.lender_signature import AnswerProof, LenderSigner, is_proved, prove_answer
from tongtu.journey.letters import Refusal, Written, give_letters, print_letters, write_letters
from tongtu.journey.line import (
    Drawing,
    Lines,
    begin_draw,
    make_line_change,
    preview_draw,
    propose_line_change,
    standing_json,
)
from tongtu.journey.line_answer import (
    Consent,
    accept_raise,
    ask_person_about_line,
    review_json,
    review_now,
    rule_line_review,
    waiting_line_reviews,
)
from tongtu.journey.line_review import review_lines
from tongtu.journey.loan_change import (
    ask_for_relief,
    decline_relief,
    make_change,
    preview_change_of_loan,
    propose_change,
)
from tongtu.journey.loan_statement import print_statement, statement_file
from tongtu.journey.merchant_payback import pay_merchant_back, propose_payback
from tongtu.journey.outcome import settled as payment_settled
from tongtu.journey.overdue_pause import allow_pause, propose_pause
from tongtu.journey.partner_news import on_partner_news
from tongtu.journey.payout import start as start_payout
from tongtu.journey.personal_data import (
    Holdings,
    Wanted,
    ask_correction,
    list_waiting_wishes,
    rule_correction,
    show_holdings,
    show_request,
    take_back_correction,
)
from tongtu.journey.personal_export import export_person
from tongtu.journey.pictures import (
    CardSide,
    Frames,
    begin_challenge,
    read_card,
    show_card,
    show_face,
)
from tongtu.journey.process_calls import process_calls
from tongtu.journey.process_desk import (
    allow_process,
    begin_case,
    do_task,
    hold_case,
    move_case,
    propose_process,
    retry_call,
    save_process,
    tell_case,
)
from tongtu.journey.process_house import ProcessClock, seed_processes
from tongtu.journey.publish import check_published
from tongtu.journey.recipients import RECIPIENT_TOLD, take_back_consent, tell_recipients
from tongtu.journey.recommendation import Stated, profile_of
from tongtu.journey.remote_lender import ANSWERED, DECIDED, RemoteDesk
from tongtu.journey.repayment import Repayment, preview_own_repayment, repay
from tongtu.journey.router import propose_resumption, resume_router, stop_router
from tongtu.journey.sealed import SEALED
from tongtu.journey.second_payout import House, pay_again, propose_payout
from tongtu.journey.statements import LenderMatching, match_statements
from tongtu.journey.take_over import Registry, Wish, allow_book, propose_book, take_book_over
from tongtu.journey.two_persons import refuse_deed
from tongtu.journey.verification import (
    AskingWish,
    ask_operator,
    ask_register,
    check_own_case,
    conclude_verification,
    look_at_verification,
    open_verification,
)
from tongtu.journey.verification_clock import VerificationClock
from tongtu.journey.verification_review import Opinion as IdentityOpinion
from tongtu.journey.verification_review import (
    Waiting,
    confirm_at_branch,
    list_waiting_cases,
    read_picture,
    rule_verification,
    take_verification,
)
from tongtu.journey.whose import FINDERS, person_behind
from tongtu.journey.withdrawal import WITHDRAWN, look_at_withdrawal, withdraw

__all__ = [
    "ANSWERED",
    "DECIDED",
    "FINDERS",
    "HOLDINGS",
    "NUMBERED",
    "RECIPIENT_TOLD",
    "SEALED",
    "SIGNED",
    "WITHDRAWN",
    "AnswerProof",
    "Asked",
    "AskingWish",
    "Buying",
    "CardSide",
    "Chosen",
    "ClauseSeen",
    "Consent",
    "Contact",
    "DebitWorker",
    "DocumentsAsked",
    "Drawing",
    "Frames",
    "Holdings",
    "House",
    "IdentityOpinion",
    "LenderMatching",
    "LenderSigner",
    "LimitWish",
    "Line",
    "Lines",
    "NewKey",
    "Opinion",
    "Papers",
    "ProcessClock",
    "Refusal",
    "Registry",
    "RemoteDesk",
    "Repayment",
    "Returning",
    "Shop",
    "Signature",
    "Stated",
    "VerificationClock",
    "Waiting",
    "Wanted",
    "Wish",
    "Written",
    "accept_offer",
    "accept_raise",
    "acknowledge_clauses",
    "allow_book",
    "allow_limits",
    "allow_pause",
    "allow_period_end",
    "allow_process",
    "allow_ruling",
    "allow_verdict",
    "apply",
    "ask_correction",
    "ask_for_documents",
    "ask_for_relief",
    "ask_operator",
    "ask_payment",
    "ask_person",
    "ask_person_about_line",
    "ask_register",
    "begin_apply",
    "begin_case",
    "begin_challenge",
    "begin_draw",
    "buy",
    "cancel_purchase",
    "capture",
    "carry_out",
    "check_accrual",
    "check_own_case",
    "check_published",
    "close_days",
    "conclude_verification",
    "confirm_at_branch",
    "confirm_cost",
    "contact_borrower",
    "contract_bundle",
    "decision_lane",
    "decline_relief",
    "do_task",
    "draw_code",
    "erase_person",
    "export_person",
    "fill_in_form",
    "flows_forbidden",
    "forbid_flows",
    "give_letters",
    "gone_offers",
    "hold_case",
    "identify_person",
    "is_proved",
    "keep_terms",
    "list_case_documents",
    "list_own_documents",
    "list_reviews",
    "list_waiting_cases",
    "list_waiting_wishes",
    "look_at_form",
    "look_at_verification",
    "look_at_withdrawal",
    "make_change",
    "make_line_change",
    "make_resume_code",
    "match_statements",
    "move_case",
    "note_answered",
    "on_partner_news",
    "open_verification",
    "own_facility",
    "pay_again",
    "pay_merchant_back",
    "payment_settled",
    "person_behind",
    "plan_erasure",
    "plans_of",
    "prepare_agreement",
    "preview_change_of_loan",
    "preview_draw",
    "preview_own_repayment",
    "print_letters",
    "print_statement",
    "process_calls",
    "profile_of",
    "propose_book",
    "propose_change",
    "propose_lender_key",
    "propose_limits",
    "propose_line_change",
    "propose_pause",
    "propose_payback",
    "propose_payout",
    "propose_period_end",
    "propose_process",
    "propose_resumption",
    "propose_verdict",
    "prove_answer",
    "read_card",
    "read_document",
    "read_picture",
    "refuse_deed",
    "register_lender_key",
    "repay",
    "resume_router",
    "resume_verification",
    "retry_call",
    "return_goods",
    "review_json",
    "review_lines",
    "review_now",
    "rule_correction",
    "rule_line_review",
    "rule_review",
    "rule_verification",
    "save_process",
    "seed_processes",
    "seen_clauses",
    "show_card",
    "show_cost",
    "show_face",
    "show_holdings",
    "show_request",
    "sign_agreement",
    "standing_json",
    "start_payout",
    "statement_file",
    "stop_router",
    "take_back_consent",
    "take_back_correction",
    "take_book_over",
    "take_case",
    "take_verification",
    "tell_case",
    "tell_recipients",
    "upload_document",
    "waiting_line_reviews",
    "withdraw",
    "write_letters",
]
