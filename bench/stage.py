"""The browser tests' stage (platform, shop, person, browser), for what is timed or pictured on it.

It is read by its path: a package of some library is called `tests` as well.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def _read() -> Any:
    spec = importlib.util.spec_from_file_location("stage_of_e2e", ROOT / "tests/e2e/conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_stage = _read()
BROWSERS, FACTS = _stage.BROWSERS, _stage.FACTS
chromium, serving, shop_of, somebody = (
    _stage.chromium,
    _stage.serving,
    _stage.shop_of,
    _stage.somebody,
)
Watch: Any = _stage.Watch
Person = Any
Platform = Any
