"""`python -m bench.lighthouse`: what Lighthouse says of the borrower's first page, as a phone.

`make lighthouse` puts the tool under build/ (no part of the pages' own packages); it drives the
system's Chromium and downloads none. Prints the three scores and what is held against the page;
exit 3 when a tool is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.stage import BROWSERS, ROOT, serving

TOOL = ROOT / "build/lighthouse/node_modules/.bin/lighthouse"
CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu"
NOT_HERE = 3


def main() -> int:
    """Run once; 1 when a score is below its line."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None or not TOOL.exists():
        print("needs a system Chromium, and the tool under build/ (make lighthouse)")
        return NOT_HERE
    with (
        tempfile.TemporaryDirectory(prefix="tongtu-lighthouse-") as home,
        serving(Path(home), is_demo=True) as platform,
    ):
        report = _run(f"{platform.url}/", browser, Path(home) / "report.json")
    is_good = True
    for name, least in CATEGORIES.items():
        score = round(100 * report["categories"][name]["score"])
        is_good &= score >= least
        print(f"{name:>16}: {score}  (at least {least})")
    for audit in report["audits"].values():
        if audit.get("score") == 0 and audit["scoreDisplayMode"] == "binary":
            print(f"    {audit['id']}: {audit['title']}")
    return 0 if is_good else 1


def _run(url: str, browser: str, path: Path) -> dict:  # type: ignore[type-arg]  # its own form
    command = [
        str(TOOL), url, "--quiet", "--output=json", f"--output-path={path}",
        f"--chrome-flags={FLAGS}", "--form-factor=mobile",
        f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    subprocess.run(command, env=os.environ | {"CHROME_PATH": browser}, check=True)
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
