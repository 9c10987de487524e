"""Files that land name no registry host and no path of the machine they were written on."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.house.source import Breach

RULE = "words"
HOSTS = r"https?://[^\s\"']*(?:pypi|pythonhosted|npmjs|debian)[^\s\"']*"
PATHS = r"(?:^|[\"'` =(:,])(?:/work|/root|/home/\w+)/"
BANNED = re.compile(f"({HOSTS})|({PATHS})")
ENDINGS = {
    ".py",
    ".sql",
    ".toml",
    ".txt",
    ".json",
    ".ts",
    ".tsx",
    ".css",
    ".md",
    ".yml",
    ".lua",
    "",
}
SIZE_MAX = 2_000_000


def check(repository: Path) -> Iterator[Breach]:
    """Yield each tracked line that names a host or a path it must not."""
    listing = subprocess.run(
        ["git", "-C", str(repository), "ls-files", "-z"], check=True, capture_output=True
    ).stdout.decode()
    for name in filter(None, listing.split("\0")):
        path = repository / name
        if path.suffix not in ENDINGS or not path.is_file() or path.stat().st_size > SIZE_MAX:
            continue
        if name.startswith(("tools/house/", "tests/architecture/")):
            continue  # they hold the words in order to look for them
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if found := BANNED.search(line):
                yield Breach(name, number, RULE, f"names {found[0].strip()}")
