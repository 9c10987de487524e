"""The door of servicing: open, repay, look, close the day."""

from tongtu.servicing.files import LINE_RULES, load_line_rules
from tongtu.servicing.flow.cap import Cap, bears_more, cap_overdue
from tongtu.servicing.flow.change import (
    Change,
    Previewed,
    TakenBack,
    change_json,
    change_of_json,
    preview_loan_change,
    record_change,
    take_back,
)
from tongtu.servicing.flow.compensate import (
    COMPENSATED,
    COMPENSATION_SHORT,
    Swept,
    compensate_overdue,
)
from tongtu.servicing.flow.credit_balance import credit_balances, hold_balance
from tongtu.servicing.flow.day import ClosedDay, InvariantBroken, close_cell, open_next
from tongtu.servicing.flow.event import (
    Money,
    Recorded,
    RepaymentPreview,
    check_repayment,
    open_loan,
    preview_repayment,
    record_repayment,
)
from tongtu.servicing.flow.facility import (
    FacilityChange,
    change_facility,
    facility_differences,
    find_facility,
    open_draw,
    open_facility,
    preview_change,
    release_draw,
    reserve_draw,
    take_up_draw,
)
from tongtu.servicing.flow.goods import Refunded, preview_goods_refund, record_goods_refund
from tongtu.servicing.flow.joint import Line
from tongtu.servicing.flow.joint_look import JointProof, PayeeSum, list_shares, prove_joint
from tongtu.servicing.flow.line_review import how_paid, keep_review, move_review
from tongtu.servicing.flow.look import Days, find_loan, list_loans, loan_events, payoff, statement
from tongtu.servicing.flow.pause import PauseSeen, PauseWish, look_at_pause, pause_overdue
from tongtu.servicing.flow.relief import (
    ask_relief,
    grant_relief,
    refuse_relief,
    relief_granted,
)
from tongtu.servicing.flow.roll import Roll, roll_rates
from tongtu.servicing.flow.standards import standards_of
from tongtu.servicing.flow.take_over import (
    Taken,
    TakeOver,
    begin_batch,
    check_batch,
    look_over,
    take_over,
    undo_take_over,
)
from tongtu.servicing.model import (
    Component,
    EventKind,
    FrozenTerms,
    LoanEvent,
    LoanState,
    LoanStatus,
    Planned,
    RowStatus,
)
from tongtu.servicing.model.event import (
    Charge,
    Early,
    GoodsBack,
    OtherWay,
    Pause,
    ReAge,
    Reschedule,
    Target,
    Withdrawal,
)
from tongtu.servicing.model.life import Life, Portion, Row
from tongtu.servicing.model.line_review import (
    ADVERSE,
    OPEN,
    WAITING,
    LineFacts,
    LineReview,
    Move,
    Occasion,
    Outcome,
    ReviewState,
    Verdict,
)
from tongtu.servicing.model.policy import (
    COMPONENTS,
    ORDERS,
    AllocationRule,
    AllocationTable,
    Engine,
    Future,
    OverdueCharge,
    Prepayment,
    ServicingTerms,
    Spread,
    Timing,
)
from tongtu.servicing.personal import HELD, NUMBERED
from tongtu.servicing.rules.admission import MONEY_OUT
from tongtu.servicing.rules.delinquency import Grade, OverduePause, Standards, overdue_days
from tongtu.servicing.rules.entry import as_entered, preview
from tongtu.servicing.rules.facility import (
    FacilityEvent,
    FacilityKind,
    FacilityState,
    Grant,
    Refusal,
    fold_facility,
)
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.history import History, history_of
from tongtu.servicing.rules.line_review import Punctuality, verdict
from tongtu.servicing.rules.opening import Difference, Position, SourceLoan, position
from tongtu.servicing.rules.replay import replay
from tongtu.servicing.store.day import (
    Progress,
    hold_books,
    overdue_rates,
    progress,
    share_books,
)
from tongtu.servicing.store.facility import (
    Basis,
    Draw,
    DrawState,
    FacilityRow,
    NewFacility,
    count_opened,
    draws_of,
    expired,
    find_draw,
    reserved_until,
)
from tongtu.servicing.store.facility import events_of as facility_events
from tongtu.servicing.store.facility import find as find_facility_row
from tongtu.servicing.store.facility import hold as hold_facility
from tongtu.servicing.store.facility import of_party as facilities_of
from tongtu.servicing.store.imported import is_imported
from tongtu.servicing.store.line_review import find as find_review
from tongtu.servicing.store.line_review import frozen_by, is_suspended
from tongtu.servicing.store.line_review import has_open as has_open_review
from tongtu.servicing.store.line_review import in_states as reviews_in
from tongtu.servicing.store.line_review import late as late_lines
from tongtu.servicing.store.line_review import of_facility as reviews_of
from tongtu.servicing.store.line_review import paid_up as paid_up_lines
from tongtu.servicing.store.line_review import unreviewed as unreviewed_lines
from tongtu.servicing.store.loan import (
    LoanRow,
    NewLoan,
    Portfolio,
    choose_early,
    entered_payments,
    late_of,
    loan_of,
    portfolio,
)
from tongtu.servicing.store.loan import find as find_row
from tongtu.servicing.store.loan import hold as hold_loan
from tongtu.servicing.store.loan import hold_own as hold_row
from tongtu.servicing.store.money_back import find as find_money_back
from tongtu.servicing.store.money_back import keep as keep_money_back
from tongtu.servicing.store.relief import Relief, ReliefReason, open_wishes
from tongtu.servicing.store.standing import NO_LOANS, LoansOf, loans_of_parties
from tongtu.servicing.store.whose import Debts, debts_of, party_of_facility, party_of_loan
from tongtu.servicing.view import schedule_json

__all__ = [
    "ADVERSE",
    "COMPENSATED",
    "COMPENSATION_SHORT",
    "COMPONENTS",
    "HELD",
    "LINE_RULES",
    "MONEY_OUT",
    "NO_LOANS",
    "NUMBERED",
    "OPEN",
    "ORDERS",
    "WAITING",
    "AllocationRule",
    "AllocationTable",
    "Basis",
    "Cap",
    "Change",
    "Charge",
    "ClosedDay",
    "Component",
    "Days",
    "Debts",
    "Difference",
    "Draw",
    "DrawState",
    "Early",
    "Engine",
    "EventKind",
    "FacilityChange",
    "FacilityEvent",
    "FacilityKind",
    "FacilityRow",
    "FacilityState",
    "FrozenTerms",
    "Future",
    "GoodsBack",
    "Grade",
    "Grant",
    "History",
    "InvariantBroken",
    "JointProof",
    "Life",
    "Line",
    "LineFacts",
    "LineReview",
    "LoanEvent",
    "LoanRow",
    "LoanState",
    "LoanStatus",
    "LoansOf",
    "Money",
    "Move",
    "NewFacility",
    "NewLoan",
    "Occasion",
    "OtherWay",
    "Outcome",
    "OverdueCharge",
    "OverduePause",
    "Pause",
    "PauseSeen",
    "PauseWish",
    "PayeeSum",
    "Planned",
    "Portfolio",
    "Portion",
    "Position",
    "Prepayment",
    "Previewed",
    "Progress",
    "Punctuality",
    "ReAge",
    "Recorded",
    "Refunded",
    "Refusal",
    "Relief",
    "ReliefReason",
    "RepaymentPreview",
    "Reschedule",
    "ReviewState",
    "Roll",
    "Row",
    "RowStatus",
    "ServicingTerms",
    "SourceLoan",
    "Spread",
    "Standards",
    "Swept",
    "TakeOver",
    "Taken",
    "TakenBack",
    "Target",
    "Timing",
    "Verdict",
    "Withdrawal",
    "as_entered",
    "ask_relief",
    "bears_more",
    "begin_batch",
    "cap_overdue",
    "change_facility",
    "change_json",
    "change_of_json",
    "check_batch",
    "check_repayment",
    "choose_early",
    "close_cell",
    "compensate_overdue",
    "count_opened",
    "credit_balances",
    "debts_of",
    "draws_of",
    "entered_payments",
    "expired",
    "facilities_of",
    "facility_differences",
    "facility_events",
    "find_draw",
    "find_facility",
    "find_facility_row",
    "find_loan",
    "find_money_back",
    "find_review",
    "find_row",
    "fold",
    "fold_facility",
    "frozen_by",
    "grant_relief",
    "has_open_review",
    "history_of",
    "hold_balance",
    "hold_books",
    "hold_facility",
    "hold_loan",
    "hold_row",
    "how_paid",
    "is_imported",
    "is_suspended",
    "keep_money_back",
    "keep_review",
    "late_lines",
    "late_of",
    "list_loans",
    "list_shares",
    "load_line_rules",
    "loan_events",
    "loan_of",
    "loans_of_parties",
    "look_at_pause",
    "look_over",
    "move_review",
    "open_draw",
    "open_facility",
    "open_loan",
    "open_next",
    "open_wishes",
    "overdue_days",
    "overdue_rates",
    "paid_up_lines",
    "party_of_facility",
    "party_of_loan",
    "pause_overdue",
    "payoff",
    "portfolio",
    "position",
    "preview",
    "preview_change",
    "preview_goods_refund",
    "preview_loan_change",
    "preview_repayment",
    "progress",
    "prove_joint",
    "record_change",
    "record_goods_refund",
    "record_repayment",
    "refuse_relief",
    "release_draw",
    "relief_granted",
    "replay",
    "reserve_draw",
    "reserved_until",
    "reviews_in",
    "reviews_of",
    "roll_rates",
    "schedule_json",
    "share_books",
    "standards_of",
    "statement",
    "take_back",
    "take_over",
    "take_up_draw",
    "undo_take_over",
    "unreviewed_lines",
    "verdict",
]
