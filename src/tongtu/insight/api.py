"""The door of insight: the platform at one moment, and a market played through, prices tried."""

from tongtu.insight.comparison import compare, vintages
from tongtu.insight.experiment.flow import (
    approve_experiment,
    prepare_experiment,
    propose_experiment,
    stop_experiment,
)
from tongtu.insight.experiment.model import Arm, Experiment, Plan, State
from tongtu.insight.experiment.rehearsal import Person, Rehearsed, rehearse
from tongtu.insight.experiment.report import BANDS, ArmReport, Learnt, Share
from tongtu.insight.experiment.store import find as find_experiment
from tongtu.insight.experiment.store import newest as newest_experiments
from tongtu.insight.experiment.watch import ExperimentWatch
from tongtu.insight.experiment.watch import report as report_experiment
from tongtu.insight.flow import Pulse
from tongtu.insight.market import Lists, Played, PlayRules, Result, Shares, lay_out, lists, play
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState
from tongtu.insight.monitoring import Monitor
from tongtu.insight.personal import NUMBERED

__all__ = [
    "BANDS",
    "NUMBERED",
    "Arm",
    "ArmReport",
    "Experiment",
    "ExperimentWatch",
    "Latency",
    "Learnt",
    "LedgerProof",
    "Lists",
    "Live",
    "LoansState",
    "LogState",
    "Monitor",
    "Person",
    "Plan",
    "PlayRules",
    "Played",
    "Pulse",
    "Rehearsed",
    "Result",
    "Share",
    "Shares",
    "State",
    "approve_experiment",
    "compare",
    "find_experiment",
    "lay_out",
    "lists",
    "newest_experiments",
    "play",
    "prepare_experiment",
    "propose_experiment",
    "rehearse",
    "report_experiment",
    "stop_experiment",
    "vintages",
]
