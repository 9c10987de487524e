"""The replay's door: real applications, a plan, what happened, and its figures."""

from tongtu.replay.applicants import FILE_NAME, Applicant, is_training, read_applicants
from tongtu.replay.clerk import Staff
from tongtu.replay.client import Platform, Unexpected, check_url
from tongtu.replay.fairness import Fairness, judge, read_groups
from tongtu.replay.goods import APPLICANTS_A_BUYER
from tongtu.replay.lines import APPLICANTS_A_HOLDER
from tongtu.replay.plan import Plan
from tongtu.replay.report import page, rows
from tongtu.replay.run import Outcome, replay
from tongtu.replay.summary import is_sound, summarise

__all__ = [
    "APPLICANTS_A_BUYER",
    "APPLICANTS_A_HOLDER",
    "FILE_NAME",
    "Applicant",
    "Fairness",
    "Outcome",
    "Plan",
    "Platform",
    "Staff",
    "Unexpected",
    "check_url",
    "is_sound",
    "is_training",
    "judge",
    "page",
    "read_applicants",
    "read_groups",
    "replay",
    "rows",
    "summarise",
]
