"""The door of partner: webhooks, what they hear of, and the log of deliveries."""

from tongtu.partner.flow import (
    body_of,
    close_webhook,
    deliveries,
    list_webhooks,
    open_webhook,
    owner_of,
    ping,
    replay,
    rotate_secret,
    secret_of,
    tell,
)
from tongtu.partner.model import (
    ATTEMPTS_MAX,
    PAGE_MAX,
    PINGS_MAX,
    WEBHOOKS_MAX,
    Delivery,
    DeliveryState,
    Kind,
    News,
    Owner,
    Webhook,
)
from tongtu.partner.personal import NUMBERED
from tongtu.partner.rules import BadAddress, show_secret
from tongtu.partner.sandbox import CASES, KEY_LIFE, PENDING, SILENT, Case, Sandbox, Trial
from tongtu.partner.worker import DeliveryWorker

__all__ = [
    "ATTEMPTS_MAX",
    "CASES",
    "KEY_LIFE",
    "NUMBERED",
    "PAGE_MAX",
    "PENDING",
    "PINGS_MAX",
    "SILENT",
    "WEBHOOKS_MAX",
    "BadAddress",
    "Case",
    "Delivery",
    "DeliveryState",
    "DeliveryWorker",
    "Kind",
    "News",
    "Owner",
    "Sandbox",
    "Trial",
    "Webhook",
    "body_of",
    "close_webhook",
    "deliveries",
    "list_webhooks",
    "open_webhook",
    "owner_of",
    "ping",
    "replay",
    "rotate_secret",
    "secret_of",
    "show_secret",
    "tell",
]
