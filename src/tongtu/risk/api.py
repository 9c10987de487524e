"""The door of risk: features, scorecard, rules, training, studies of any table, the registry."""

from tongtu.risk.bundle import STUDY_FILES, load_model, load_studied
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
from tongtu.risk.flow.adoption import Standing, adopt, folder_of, register_study, source_of
from tongtu.risk.flow.alarm import baseline_of, sound
from tongtu.risk.flow.bureau import BureauProvider, Fetched, NoAnswer, Purpose, fetch_report
from tongtu.risk.flow.listing import (
    Listing,
    add_entry,
    approve_entry,
    approve_removal,
    clear_name,
    propose_entry,
    propose_removal,
    remove_entry,
    screen_name,
)
from tongtu.risk.flow.publishing import (
    RULE_FILES,
    propose_publication,
    publish_rules,
    save_rules,
    shadow_rules,
)
from tongtu.risk.flow.registry import (
    Wanted,
    make_move,
    propose_move,
    propose_resumption,
    resume_models,
    stop_models,
)
from tongtu.risk.flow.watch import UNSAID, Background, Sighting, Watch
from tongtu.risk.model import (
    BAND_LINES_PPM,
    BANDS,
    REASONS_MAX,
    BadModel,
    ListEntry,
    Model,
    Move,
    NoModel,
    RuleStatus,
    Score,
    ScoreBatch,
    Status,
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
from tongtu.risk.rules.drift import Baseline, Level, Shift, psi, read_baseline, shifts
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
from tongtu.risk.rules.studied import Scored, Side, Studied
from tongtu.risk.scoring import score_file
from tongtu.risk.store import monitoring
from tongtu.risk.store.listing import live as list_entries
from tongtu.risk.store.monitoring import Alarm, Monitoring, find_monitoring, list_alarms
from tongtu.risk.store.registry import (
    active,
    is_stopped,
    list_models,
    moves,
    register,
    standing,
)
from tongtu.risk.store.rule_set import (
    RuleSet,
    list_rule_sets,
    note_shadow,
    note_swap,
    rules_standing,
)
from tongtu.risk.store.rule_set import find as find_rule_set
from tongtu.risk.store.screening import NameHit, open_hits
from tongtu.risk.store.signal import Signalled, pack_signals
from tongtu.risk.study.dossier import Dossier, dossier
from tongtu.risk.study.dossier import code_version as study_code
from tongtu.risk.study.folds import later
from tongtu.risk.study.platform import platform_cases
from tongtu.risk.study.run import Study, study, study_once
from tongtu.risk.study.run import steps as study_steps
from tongtu.risk.study.spec import Spec, parse_spec, read_spec
from tongtu.risk.study.table import Cases, cases_of, read_cases
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
    "RULE_FILES",
    "STUDY_FILES",
    "UNKNOWN",
    "UNSAID",
    "Alarm",
    "Answer",
    "Answers",
    "Background",
    "BadModel",
    "Baseline",
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
    "Level",
    "Lever",
    "ListEntry",
    "Listing",
    "Metrics",
    "Model",
    "Monitoring",
    "Move",
    "NameHit",
    "NoAnswer",
    "NoDemoData",
    "NoModel",
    "OtherData",
    "Purpose",
    "Reason",
    "RuleSet",
    "RuleStatus",
    "Sample",
    "Score",
    "ScoreBatch",
    "Scorecard",
    "Scored",
    "Scorer",
    "Shift",
    "Side",
    "Sighting",
    "SignalBook",
    "Signalled",
    "Signals",
    "Source",
    "Spec",
    "Standing",
    "Status",
    "Studied",
    "Study",
    "Trained",
    "Verdict",
    "Wanted",
    "Watch",
    "active",
    "add_entry",
    "adopt",
    "approve_entry",
    "approve_removal",
    "assemble",
    "assemble_batch",
    "band",
    "bands",
    "baseline_of",
    "cases_of",
    "check_data",
    "clear_name",
    "columns",
    "columns_of",
    "dossier",
    "extract_data",
    "facts_row",
    "fetch_report",
    "find_counterfactual",
    "find_monitoring",
    "find_rule_set",
    "find_trained",
    "folder_of",
    "is_stopped",
    "later",
    "levers_of",
    "list_alarms",
    "list_entries",
    "list_models",
    "list_rule_sets",
    "load_application_rules",
    "load_fraud_rules",
    "load_manifest",
    "load_model",
    "load_scorecard",
    "load_studied",
    "make_move",
    "measure",
    "monitoring",
    "moves",
    "note_shadow",
    "note_swap",
    "open_hits",
    "pack_signals",
    "parse_spec",
    "platform_cases",
    "propose_entry",
    "propose_move",
    "propose_publication",
    "propose_removal",
    "propose_resumption",
    "psi",
    "publish_rules",
    "read_baseline",
    "read_cases",
    "read_spec",
    "register",
    "register_study",
    "remove_entry",
    "resume_models",
    "rule_columns",
    "rule_facts",
    "rules_standing",
    "save",
    "save_rules",
    "score_file",
    "screen_name",
    "shadow_rules",
    "shifts",
    "sound",
    "source_of",
    "standing",
    "stated_row",
    "stop_models",
    "study",
    "study_code",
    "study_once",
    "study_steps",
    "train",
    "trained_last",
    "verdict",
]
