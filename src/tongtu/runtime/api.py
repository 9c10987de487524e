"""The runtime's only door."""

from tongtu.runtime.background import Background
from tongtu.runtime.business_day import advance_business_date, business_date, open_business_day
from tongtu.runtime.command import command, stored_answer
from tongtu.runtime.database import Connection, Database
from tongtu.runtime.gm_key import MESSAGES, load_sm2, sm2_of
from tongtu.runtime.health import OK, is_fine, readiness, ready, until_stopped
from tongtu.runtime.keys import Keys, load_root
from tongtu.runtime.keyset import RETIRES_AFTER, DataKey
from tongtu.runtime.lane import Lane
from tongtu.runtime.listener import Listener
from tongtu.runtime.logs import configure_logs, get_logger
from tongtu.runtime.memory import settle_memory
from tongtu.runtime.metrics import count, gauge, latency, metrics_text
from tongtu.runtime.migrate import migrate
from tongtu.runtime.opened import open_runtime
from tongtu.runtime.outbox import Event, publish
from tongtu.runtime.personal import (
    HELD,
    NUMBERED,
    End,
    Held,
    Holding,
    Person,
    count_held,
    end_held,
    read_held,
)
from tongtu.runtime.postgres import EmbeddedPostgres
from tongtu.runtime.postgres.place import find_place
from tongtu.runtime.readers import first_time
from tongtu.runtime.relay import Relay
from tongtu.runtime.runtime import PUBLIC_ID_KEY, Runtime
from tongtu.runtime.sealed import (
    RESEALED_AT_ONCE,
    SealedColumn,
    count_uses,
    reseal,
    retire_key,
    rotate_key,
)
from tongtu.runtime.seams import Entropy, SeededEntropy, SystemClock, SystemEntropy, system_ms
from tongtu.runtime.settings import Settings, described, load

__all__ = [
    "HELD",
    "MESSAGES",
    "NUMBERED",
    "OK",
    "PUBLIC_ID_KEY",
    "RESEALED_AT_ONCE",
    "RETIRES_AFTER",
    "Background",
    "Connection",
    "DataKey",
    "Database",
    "EmbeddedPostgres",
    "End",
    "Entropy",
    "Event",
    "Held",
    "Holding",
    "Keys",
    "Lane",
    "Listener",
    "Person",
    "Relay",
    "Runtime",
    "SealedColumn",
    "SeededEntropy",
    "Settings",
    "SystemClock",
    "SystemEntropy",
    "advance_business_date",
    "business_date",
    "command",
    "configure_logs",
    "count",
    "count_held",
    "count_uses",
    "described",
    "end_held",
    "find_place",
    "first_time",
    "gauge",
    "get_logger",
    "is_fine",
    "latency",
    "load",
    "load_root",
    "load_sm2",
    "metrics_text",
    "migrate",
    "open_business_day",
    "open_runtime",
    "publish",
    "read_held",
    "readiness",
    "ready",
    "reseal",
    "retire_key",
    "rotate_key",
    "settle_memory",
    "sm2_of",
    "stored_answer",
    "system_ms",
    "until_stopped",
]
