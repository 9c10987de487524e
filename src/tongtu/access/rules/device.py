"""What a person recognises their device by, from its own words: a browser and a system, no more."""

from __future__ import annotations

# The first that is found counts: each later one is named by those before it, too.
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
    ("Chrom", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_READ_MAX = 400


def device_name(user_agent: str) -> str:
    """Return e.g. "Chrome · Android"; "" when nothing is known of it."""
    text = user_agent[:_READ_MAX]
    found = [
        next((name for word, name in names if word in text), "") for names in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found))
