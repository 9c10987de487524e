"""Settings come from three sources, each value is bounded, and nothing unknown is swallowed."""

from pathlib import Path

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.runtime import settings as settings_module
from tongtu.runtime.api import Settings, described, load
from tongtu.runtime.settings import Source


@pytest.fixture
def home(tmp_path):
    (tmp_path / "tongtu.toml").write_text('port = 9000\nzone = "UTC"\ndemo = true\n')
    return tmp_path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(home):
    loaded = load({"TONGTU_HOME": str(home), "TONGTU_PORT": "9100"}, Path("/"))

    settings, sources = loaded.settings, loaded.sources
    assert (settings.port, sources["port"]) == (9100, Source.ENVIRONMENT)
    assert (settings.zone, sources["zone"]) == ("UTC", Source.FILE)
    assert (settings.demo, sources["demo"]) == (True, Source.FILE)
    assert (settings.cells, sources["cells"]) == (1, Source.DEFAULT)
    assert (settings.home, sources["home"]) == (home, Source.ENVIRONMENT)


def test_without_any_source_the_data_lies_below_the_directory_at_hand(tmp_path):
    loaded = load({}, tmp_path)

    assert loaded.settings == Settings(home=tmp_path / ".tongtu")
    assert set(loaded.sources.values()) == {Source.DEFAULT}


def test_an_unknown_name_is_refused_in_the_file_and_reported_in_the_environment(home):
    assert load({"TONGTU_PROT": "1"}, home.parent).unknown == ("TONGTU_PROT",)

    (home / "tongtu.toml").write_text("prot = 1\n")
    with pytest.raises(BadInput, match="there is no setting 'prot'"):
        load({"TONGTU_HOME": str(home)}, Path("/"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "65536", "between 0 and 65535"),
        ("port", "-1", "between 0 and 65535"),
        ("port", "80a", "a whole number"),
        ("demo", "maybe", "true or false"),
        ("cells", "0", "between 1 and 4096"),
        ("cells", "4097", "between 1 and 4096"),
        ("generator", "8", "between 0 and 7"),
        ("zone", "Mars/Base", "no time zone"),
        ("log_level", "loud", "debug, info"),
        ("tsa_url", "https://tsa.example", "stays empty"),
        ("trusted_proxies", "*", "addresses like"),
        ("trusted_proxies", "10.0.0.7,", "addresses like"),
        ("trusted_proxies", "10.0.0.7/8", "addresses like"),
        ("trusted_proxies", "proxy.example", "addresses like"),
        ("trusted_proxies", "10.0.0.7, 0.0.0.0/0", "every address"),
    ],
)
def test_a_value_beyond_its_bound_is_refused_by_name(tmp_path, name, value, said):
    with pytest.raises(BadInput, match=said) as refused:
        load({f"TONGTU_{name.upper()}": value}, tmp_path)

    assert name in refused.value.detail


def test_the_bureaus_address_is_refused_without_the_secret_that_deposits_are_signed_by(tmp_path):
    address = {"TONGTU_GATEWAY_URL": "https://bureau.example"}

    with pytest.raises(BadInput, match="gateway_secret"):
        load(address, tmp_path)

    secret = {"TONGTU_GATEWAY_SECRET": "a" * 64}
    assert load(address | secret, tmp_path).settings.gateway_url == "https://bureau.example"


def test_the_table_of_settings_names_each_once_with_its_secrets():
    table = described()

    assert [row.name for row in table] == list(Settings.__slots__)
    assert all(row.text for row in table)
    assert [row.name for row in table if row.is_secret] == [
        "dsn", "authority_secret", "operator_secret", "gateway_secret", "bank_secret",
        "anchor", "anchor_secret",
    ]  # fmt: skip


def test_a_broken_file_is_told_by_its_path(home):
    (home / "tongtu.toml").write_text("port 9000")

    with pytest.raises(BadInput, match=r"tongtu\.toml is not TOML"):
        load({"TONGTU_HOME": str(home)}, Path("/"))


def test_the_readme_holds_the_same_table():
    readme = Path(settings_module.__file__).with_name("README.md").read_text(encoding="utf-8")

    rows = [line for line in readme.splitlines() if line.startswith("| ")][2:]
    assert rows == [f"| {row.name} | {row.default} | {row.text} |" for row in described()]


@pytest.mark.parametrize("origins", [
    "http://loans.example", "https://a.example,https://b.example", "loans.example",
    "https://loans.example/", "https://u@loans.example", "",
])  # fmt: skip
def test_origins_are_safe_addresses_of_one_host(origins, tmp_path):
    if not origins:
        assert load({}, tmp_path).settings.site_origins(8080) == (
            "localhost", ("http://localhost:8080",),
        )  # fmt: skip
        return
    with pytest.raises(BadInput):
        load({"TONGTU_ORIGINS": origins}, tmp_path)
