"""The door of risk: features, scorecard, application rules, training, the model registry."""

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
    rule_facts,
    verdict,
)
from tongtu.risk.rules.features import (
    FACTS,
    FEATURES,
    HOMES,
    JOBS,
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
from tongtu.risk.rules.signal import KINDS, Keys, SignalBook, Signals
from tongtu.risk.store.registry import activate, active, list_models, register
from tongtu.risk.store.signal import Signalled, pack_signals
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
    "NAMES",
    "QUIET_FACTS",
    "REASONS_MAX",
    "REVIEW",
    "UNKNOWN",
    "UNSAID",
    "Background",
    "BadModel",
    "Bureau",
    "BureauProvider",
    "Direction",
    "Feature",
    "Fetched",
    "FraudFacts",
    "FraudRules",
    "HttpBureau",
    "Keys",
    "ListEntry",
    "Listing",
    "Metrics",
    "Model",
    "NoAnswer",
    "NoDemoData",
    "NoModel",
    "OtherData",
    "Purpose",
    "Sample",
    "Score",
    "ScoreBatch",
    "Scorecard",
    "Sighting",
    "SignalBook",
    "Signalled",
    "Signals",
    "Source",
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
    "extract_data",
    "facts_row",
    "fetch_report",
    "find_trained",
    "list_models",
    "load_application_rules",
    "load_fraud_rules",
    "load_manifest",
    "load_scorecard",
    "measure",
    "pack_signals",
    "propose_entry",
    "propose_removal",
    "register",
    "remove_entry",
    "rule_facts",
    "save",
    "screen_name",
    "stated_row",
    "train",
    "trained_last",
    "verdict",
]
