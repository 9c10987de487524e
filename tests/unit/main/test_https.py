"""Pages for phones of one's own network: a certificate for one address, under the local root."""

import ipaddress
import ssl
import stat
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tongtu.contracts.api import LocalCa
from tongtu.kernel.errors import BadInput, Broken
from tongtu.main.https import certificate_file
from tongtu.main.refusal import check_start
from tongtu.runtime.api import Settings

AT = datetime(2026, 11, 24, 6, 2, tzinfo=UTC)


def made(tmp_path, host):
    runtime = SimpleNamespace(
        settings=SimpleNamespace(home=tmp_path),
        clock=SimpleNamespace(now=lambda: AT),
        entropy=SimpleNamespace(bytes=lambda size: bytes(range(1, size + 1))),
    )
    return certificate_file(runtime, host)


def test_a_certificate_serves_one_address_signs_no_papers_and_its_key_is_its_owners(tmp_path):
    path = made(tmp_path, "192.168.1.20")

    leaf, root = x509.load_pem_x509_certificates(path.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(names) == [x509.IPAddress(ipaddress.ip_address("192.168.1.20"))]
    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    leaf.verify_directly_issued_by(root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LocalCa.open(tmp_path, AT, b"\x01" * 19).issued() == []


def test_the_file_is_what_a_server_loads(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    context.load_cert_chain(made(tmp_path, "desk.local"))

    assert context.cert_store_stats()["x509"] == 0


def test_a_demo_is_not_served_to_a_network_unless_that_is_meant():
    with pytest.raises(Broken):
        check_start(Settings(demo=True, https="192.168.1.20:8443"))
    check_start(Settings(demo=True, demo_exposed=True, https="192.168.1.20:8443"))


@pytest.mark.parametrize("text", ["192.168.1.20", ":8443", "desk.local:99999", "desk.local:x"])
def test_an_address_without_a_port_is_refused(text):
    with pytest.raises(BadInput):
        Settings(https=text).https_address()
