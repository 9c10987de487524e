"""The door of risk: features, scorecard, rules, training, studies of any table, the registry."""

from tongtu.risk.bundle import load_model
from tongtu.risk.demo_data import NAME as DATA_NAME
from tongtu.risk.demo_data import NoDemoData, OtherData
from tongtu.risk.demo_data import check as check_data
from tongtu.risk.demo_data import extract as extract_data
from tongtu.risk.files import (
    find_trained,
    load_application_rules,
    load_manifest,
    load_scorecard,
    save,
    trained_last,
)
from tongtu.risk.flow import adopt
from tongtu.risk.model import (
    BAND_LINES_PPM,
    BANDS,
    REASONS_MAX,
    BadModel,
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
    NAMES,
    UNKNOWN,
    Direction,
    Feature,
    assemble,
    assemble_batch,
    columns,
    columns_of,
    facts_row,
)
from tongtu.risk.rules.scorecard import Scorecard
from tongtu.risk.rules.scorer import Answer, Answers, Reason, Scorer
from tongtu.risk.scoring import score_file
from tongtu.risk.store import activate, active, list_models, register
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
    "NAMES",
    "REASONS_MAX",
    "REVIEW",
    "UNKNOWN",
    "Answer",
    "Answers",
    "BadModel",
    "Cases",
    "Change",
    "Counterfactual",
    "Direction",
    "Dossier",
    "Feature",
    "Lever",
    "Metrics",
    "Model",
    "NoDemoData",
    "NoModel",
    "OtherData",
    "Reason",
    "Sample",
    "Score",
    "ScoreBatch",
    "Scorecard",
    "Scorer",
    "Source",
    "Spec",
    "Study",
    "Trained",
    "Verdict",
    "activate",
    "active",
    "adopt",
    "assemble",
    "assemble_batch",
    "band",
    "bands",
    "check_data",
    "columns",
    "columns_of",
    "dossier",
    "extract_data",
    "facts_row",
    "find_counterfactual",
    "find_trained",
    "levers_of",
    "list_models",
    "load_application_rules",
    "load_manifest",
    "load_model",
    "load_scorecard",
    "measure",
    "parse_spec",
    "read_cases",
    "read_spec",
    "register",
    "rule_facts",
    "save",
    "score_file",
    "study",
    "study_steps",
    "train",
    "trained_last",
    "verdict",
]
