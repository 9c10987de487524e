"""The clients made from the API's own document: their examples run against a real server."""

import asyncio
import importlib.util
import json
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.integration.channels.conftest import (  # noqa: F401 - fixtures
    parts,
    rules,
    staff,
)
from tools.sdk.__main__ import make
from tools.sdk.document import name_of, read_operations

from tongtu.identity.api import Caller, Role, issue_token
from tongtu.main.serve import _listen, serve_http
from tongtu.partner.rules import show_secret, sign

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "how-to" / "examples"
TSC = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
EXPECTED = [
    "sandbox_bank 1039428 7.20",
    "sandbox_finance 1052759 9.60",
    "declined income_low",
    "503 overloaded 1",
]
AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdk")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def client(sdk):
    spec = importlib.util.spec_from_file_location("tongtu_client", sdk / "tongtu_client.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["tongtu_client"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["tongtu_client"]


@pytest.fixture
def served(parts, run, loop):  # noqa: F811 - a fixture
    """Serve the platform over a socket while the test runs something else on the loop."""
    object.__setattr__(parts.runtime.settings, "port", 0)
    settings = parts.runtime.settings
    listener = _listen(settings.host, settings.port)
    serving = loop.create_task(serve_http(parts, listener))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    parts.stopping.set()
    run(asyncio.wait_for(serving, 20))
    listener.close()


async def told_by(*command, cwd):
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    told, wrong = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0, wrong.decode() + told.decode()
    return told.decode().splitlines()


@pytest.fixture(scope="module")
def compiled(sdk):
    """The TypeScript example, typed strictly and compiled once."""
    assert TSC.exists(), "the web tools are not installed: `make web` installs them"
    shutil.copy(EXAMPLES / "sandbox.ts", sdk)
    settings = {
        "compilerOptions": {
            "strict": True, "module": "es2022", "moduleResolution": "bundler", "target": "es2022",
            "outDir": "made", "lib": ["es2022", "dom"], "types": [], "skipLibCheck": True,
        },
        "files": ["sandbox.ts"],
    }  # fmt: skip
    (sdk / "tsconfig.json").write_text(json.dumps(settings))
    (sdk / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        ["node", str(TSC), "-p", "."], cwd=sdk, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    return sdk / "made" / "sandbox.js"


def test_the_examples_of_both_clients_run_against_one_server(sdk, compiled, served, run, staff):  # noqa: F811 - a fixture
    shutil.copy(EXAMPLES / "sandbox.py", sdk)
    token = staff(Role.LENDER, 8)

    async def both():
        return await asyncio.gather(
            told_by(sys.executable, "sandbox.py", served, token, cwd=sdk),
            told_by("node", str(compiled), served, token, cwd=sdk),
        )

    assert run(both()) == [EXPECTED, EXPECTED]


class Kept(BaseHTTPRequestHandler):
    """Keeps what was sent, and answers as a document that was kept."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(
            (self.path, self.headers["content-type"], self.headers["idempotency-key"], body)
        )
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b'{"document": "do_1"}')

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def keeping():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kept)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_both_clients_send_a_document_byte_for_byte_as_what_it_is(client, compiled, keeping):
    content = bytes(range(256))
    url = f"http://127.0.0.1:{keeping.server_port}"

    told = client.Client(url, "tok").post_applications_documents_by_kind(
        "ap_1", "income proof", content, "application/pdf", idempotency_key="key-1"
    )
    script = (
        'import { Client } from "./tongtu-client.js";'
        "const content = Uint8Array.from({ length: 256 }, (_, n) => n);"
        f'const made = new Client("{url}", "tok");'
        'const told = await made.postApplicationsDocumentsByKind("ap_1", "income proof", content,'
        ' "image/png", { idempotencyKey: "key-2" }); console.log(told.document);'
    )
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, cwd=compiled.parent, capture_output=True, text=True, check=False)

    assert (told["document"], done.stdout, done.stderr) == ("do_1", "do_1\n", "")
    path = "/v1/applications/ap_1/documents/income%20proof"
    assert keeping.seen == [
        (path, "application/pdf", "key-1", content),
        (path, "image/png", "key-2", content),
    ]


def test_the_platform_reads_an_upload_as_what_the_client_says_it_is(client, served, parts, run):  # noqa: F811 - a fixture
    caller = Caller(Role.BORROWER, parts.runtime.ids.new(7), 0, 0)
    token = run(issue_token(parts.runtime, caller)).text
    application = parts.runtime.public.show("application", parts.runtime.ids.new(7))
    made = client.Client(served, token)

    def upload(content, media_type):
        with pytest.raises(client.Problem) as refused:
            made.post_applications_documents_by_kind(application, "income", content, media_type)
        return refused.value.status, refused.value.code

    whole = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\nendobj\nstartxref\n9\n%%EOF\n"
    own = run(asyncio.to_thread(upload, whole, "application/pdf"))
    other = run(asyncio.to_thread(upload, whole, "image/png"))

    # Read by its length and token, and refused for its case before its kind is looked at.
    assert own == other == (404, "not_found")


def test_a_delivery_is_verified_by_the_client_and_a_changed_one_is_not(client):
    secret, body = b"s" * 32, b'{"type":"ping"}'
    headers = sign([b"n" * 32, secret], "ev_1", AT, body)
    now_s = AT.timestamp()

    assert client.verify_webhook(show_secret(secret), headers, body, now_s) == {"type": "ping"}
    for wrong in (
        (show_secret(b"o" * 32), headers, body, now_s),
        (show_secret(secret), headers, body + b" ", now_s),
        (show_secret(secret), headers | {"webhook-id": "ev_2"}, body, now_s),
        (show_secret(secret), headers, body, now_s + 301),
    ):
        with pytest.raises(ValueError, match="the delivery"):
            client.verify_webhook(*wrong)


def test_every_operation_that_speaks_json_is_a_method_of_its_own(sdk, client):
    document = json.loads((sdk / "openapi.json").read_text())
    names = [one.name for one in read_operations(document)]
    assert len(names) == len(set(names)) > 90
    assert all(callable(getattr(client.Client, name)) for name in names)
    assert name_of("post", "/v1/webhooks/{webhook}/secret") == "post_webhooks_secret"
    assert name_of("get", "/v1/applications/{application}") == "get_applications_by_application"
