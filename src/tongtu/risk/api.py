"""The door of risk: features, scorecard, rules, training, studies of any table, the registry."""

from tongtu.risk.bundle import load_model
from tongtu.risk.bureau_line import HttpBureau
from tongtu.risk.demo_data import NAME as DATA_NAME
from tongtu.risk.demo_data import NoDemoData, OtherData
from tongtu.risk.demo_data import check as check_data
from tongtu.risk.demo_data import extract as extract_data
from tongtu.risk.files import (
    find_trained,
    load_application_rules,
    load_fraud_rules,
    load_manifest,
    load_scorecard,
    save,
    trained_last,
)
from tongtu.risk.flow.adoption import adopt
from tongtu.risk.flow.bureau import BureauProvider, Fetched, NoAnswer, Purpose, fetch_report
from tongtu.risk.flow.listing import (
    Listing,
    add_entry,
    clear_name,
    propose_entry,
    propose_removal,
    remove_entry,
    screen_name,
)
from tongtu.risk.flow.watch import UNSAID, Background, Sighting, Watch
from tongtu.risk.model import (
    BAND_LINES_PPM,
    BANDS,
    REASONS_MAX,
    BadModel,
    ListEntry,
    Model,
    NoModel,
    Score,
    ScoreBatch,
    band,
    bands,
)
from tongtu.risk.rules.application import (
    DECLINE,
    REVIEW,
    Verdict,
    rule_columns,
    rule_facts,
    verdict,
)
from tongtu.risk.rules.counterfactual import (
    Change,
    Counterfactual,
    Lever,
    find_counterfactual,
    levers_of,
)
from tongtu.risk.rules.features import (
    FACTS,
    FEATURES,
    HOMES,
    JOBS,
    MONEY_MINOR_MAX,
    NAMES,
    UNKNOWN,
    Direction,
    Feature,
    assemble,
    assemble_batch,
    columns,
    columns_of,
    facts_row,
    stated_row,
)
from tongtu.risk.rules.fraud import QUIET_FACTS, Bureau, FraudFacts, FraudRules
from tongtu.risk.rules.scorecard import Scorecard
from tongtu.risk.rules.scorer import Answer, Answers, Reason, Scorer
from tongtu.risk.rules.signal import KINDS, Keys, SignalBook, Signals
from tongtu.risk.scoring import score_file
from tongtu.risk.store.registry import activate, active, list_models, register
from tongtu.risk.store.signal import Signalled, pack_signals
from tongtu.risk.study.dossier import Dossier, dossier
from tongtu.risk.study.run import Study, study
from tongtu.risk.study.run import steps as study_steps
from tongtu.risk.study.spec import Spec, parse_spec, read_spec
from tongtu.risk.study.table import Cases, read_cases
from tongtu.risk.training.artefact import Source, Trained, train
from tongtu.risk.training.fit import Sample
from tongtu.risk.training.metrics import Metrics, measure

__all__ = [
    "BANDS",
    "BAND_LINES_PPM",
    "DATA_NAME",
    "DECLINE",
    "FACTS",
    "FEATURES",
    "HOMES",
    "JOBS",
    "KINDS",
    "MONEY_MINOR_MAX",
    "NAMES",
    "QUIET_FACTS",
    "REASONS_MAX",
    "REVIEW",
    "UNKNOWN",
    "UNSAID",
    "Answer",
    "Answers",
    "Background",
    "BadModel",
    "Bureau",
    "BureauProvider",
    "Cases",
    "Change",
    "Counterfactual",
    "Direction",
    "Dossier",
    "Feature",
    "Fetched",
    "FraudFacts",
    "FraudRules",
    "HttpBureau",
    "Keys",
    "Lever",
    "ListEntry",
    "Listing",
    "Metrics",
    "Model",
    "NoAnswer",
    "NoDemoData",
    "NoModel",
    "OtherData",
    "Purpose",
    "Reason",
    "Sample",
    "Score",
    "ScoreBatch",
    "Scorecard",
    "Scorer",
    "Sighting",
    "SignalBook",
    "Signalled",
    "Signals",
    "Source",
    "Spec",
    "Study",
    "Trained",
    "Verdict",
    "Watch",
    "activate",
    "active",
    "add_entry",
    "adopt",
    "assemble",
    "assemble_batch",
    "band",
    "bands",
    "check_data",
    "clear_name",
    "columns",
    "columns_of",
    "dossier",
    "extract_data",
    "facts_row",
    "fetch_report",
    "find_counterfactual",
    "find_trained",
    "levers_of",
    "list_models",
    "load_application_rules",
    "load_fraud_rules",
    "load_manifest",
    "load_model",
    "load_scorecard",
    "measure",
    "pack_signals",
    "parse_spec",
    "propose_entry",
    "propose_removal",
    "read_cases",
    "read_spec",
    "register",
    "remove_entry",
    "rule_columns",
    "rule_facts",
    "save",
    "score_file",
    "screen_name",
    "stated_row",
    "study",
    "study_steps",
    "train",
    "trained_last",
    "verdict",
]
