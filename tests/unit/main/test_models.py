from pathlib import Path

from tongtu.main.models import rules_folder
from tongtu.runtime.api import Settings
from tongtu.tables.api import rules_root


def test_the_rules_of_the_package_decide_where_no_folder_is_named():
    assert rules_folder(Settings()) == rules_root()
    assert rules_folder(Settings(rules="/srv/rules")) == Path("/srv/rules")
