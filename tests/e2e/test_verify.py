"""The borrower's own check of a proof, as built for the browser, against proofs of the real log."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from tests.e2e.conftest import ROOT

from tongtu.evidence.bundle import to_bundle
from tongtu.evidence.model import Proof
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.tree import leaf_hash, node_hash

WEB = ROOT / "web"
# Builds the module as the app does, then judges what stands on stdin.
JUDGE = """
import { build } from "vite";
const options = { configFile: false, logLevel: "silent" };
const made = await build({
  ...options,
  build: { ssr: "src/borrower/verify.ts", write: false, target: "es2022" },
});
const code = Buffer.from(made.output[0].code).toString("base64");
const { verify } = await import(`data:text/javascript;base64,${code}`);
const { asked, proofs, unknowing } = JSON.parse(await new Response(process.stdin).text());
const said = async (proof) => {
  const { outcome, step } = await verify(proof, asked);
  return [outcome, step ?? null];
};
const answers = [];
for (const proof of proofs) answers.push(await said(proof));
crypto.subtle.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"));
for (const proof of unknowing) answers.push(await said(proof));
console.log(JSON.stringify(answers));
"""
SIGNER = Signer.of("test", bytes(range(32)))
OTHER = Signer.of("test", bytes(32))
LEAVES = [bytes([n]) * 32 for n in range(3)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
ROOT_HASH = node_hash(node_hash(HASHES[0], HASHES[1]), HASHES[2])
PATHS = [
    (HASHES[1], HASHES[2]),
    (HASHES[0], HASHES[2]),
    (node_hash(HASHES[0], HASHES[1]),),
]
NOTE = SIGNER.sign(checkpoint_text(SIGNER.name, 3, ROOT_HASH))


def proof_of(position: int, note: str = NOTE) -> dict[str, Any]:
    leaf, path = LEAVES[position], PATHS[position]
    proof = Proof("agreement", position, leaf, position, 3, path, ROOT_HASH, note)
    return to_bundle(proof, SIGNER.key, subject=f"ag_{position}")


def judge(proofs: list[dict[str, Any]], unknowing: list[dict[str, Any]]) -> list[list[Any]]:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules/vite").exists():
        pytest.skip("the pages' tools are not installed: make web")
    given = {
        "asked": {"kind": "agreement", "subject": "ag_1"},
        "proofs": proofs,
        "unknowing": unknowing,
    }
    command = [node, "--no-warnings", "--input-type=module", "--eval", JUDGE]
    done = subprocess.run(
        command, cwd=WEB, input=json.dumps(given).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def turned(text: str, at: int) -> str:
    """The text with one character at `at` changed to another of its alphabet."""
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def test_only_a_whole_proof_of_what_was_asked_is_good_and_a_missing_algorithm_is_no_yes() -> None:
    true, other = proof_of(1), proof_of(2)
    places = ("position", "path", "commitment")
    foreign = OTHER.sign(checkpoint_text(OTHER.name, 3, ROOT_HASH))
    signature = len(NOTE) - 20
    cases = [
        (true, "good", None),
        (other, "bad", 0),
        (true | {"kind": "decision"}, "bad", 0),
        (true | {"format": "tongtu-evidence-2"}, "bad", 0),
        (true | {"commitment": true["commitment"][2:]}, "bad", 0),
        (true | {"path": None}, "bad", 0),
        ({"state": "pending"}, "bad", 0),
        (true | {"commitment": turned(true["commitment"], 5)}, "bad", 1),
        (true | {"commitment": other["commitment"]}, "bad", 1),
        (true | {"position": 0}, "bad", 1),
        (true | {"path": other["path"]}, "bad", 1),
        (true | {"path": [turned(true["path"][0], 0), true["path"][1]]}, "bad", 1),
        (true | {"root": turned(true["root"], 0)}, "bad", 1),
        (true | {"checkpoint": NOTE.replace("\n3\n", "\n4\n")}, "bad", 2),
        (true | {"checkpoint": NOTE.replace("/test\n", "/else\n")}, "bad", 2),
        (true | {"checkpoint": turned(NOTE, signature)}, "bad", 3),
        (true | {"checkpoint": foreign}, "bad", 3),
        (true | {"checkpoint": NOTE.split("\n\n", maxsplit=1)[0]}, "bad", 3),
        (true | {"log_key": OTHER.key.show()}, "bad", 3),
        # What no proof without its salt can show: the pages say that this is the platform's word.
        (true | {name: other[name] for name in places}, "good", None),
    ]
    answers = judge([proof for proof, _, _ in cases], unknowing=[true])
    assert answers == [*[[outcome, step] for _, outcome, step in cases], ["unknown", 3]]
