/** Checks a proof bundle on this device: RFC 6962 path to the root, then the C2SP signed checkpoint. */
import { hex } from "./hash.ts";

export interface Verdict {
  /** The first step that does not hold: 0 leaf, 1 path, 2 root of the checkpoint, 3 signature. */
  broken: number | undefined;
  /** undefined: this browser does not know Ed25519. */
  signature: boolean | undefined;
  position: number;
  size: number;
  path: number;
  /** When the checkpoint was made, if the proof says so. */
  at: string | undefined;
  took_ms: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

export async function verify(proof: Record<string, unknown>): Promise<Verdict> {
  const start = performance.now();
  const position = Number(proof["position"]);
  const size = Number(proof["size"]);
  const path = (proof["path"] as string[]).map(unhex);
  const note = String(proof["checkpoint"]);
  const commitment = unhex(String(proof["commitment"]));
  let broken: number | undefined;
  let signature: boolean | undefined;
  const root = commitment.length === 32 ? await rootByPath(commitment, position, size, path) : undefined;
  if (commitment.length !== 32) broken = 0;
  else if (!root || hex(root) !== proof["root"]) broken = 1;
  else if (!saysRoot(note, size, root)) broken = 2;
  else {
    signature = await isSigned(note, String(proof["log_key"]));
    if (signature === false) broken = 3;
  }
  const at = typeof proof["checkpoint_at"] === "string" ? proof["checkpoint_at"] : undefined;
  return { broken, signature, position, size, path: path.length, at, took_ms: performance.now() - start };
}

/** RFC 9162 §2.1.3.2. */
async function rootByPath(commitment: Bytes, index: number, size: number, path: Bytes[]): Promise<Bytes | undefined> {
  if (!(index >= 0 && index < size)) return undefined;
  let at = index;
  let last = size - 1;
  let hash = await digest(Uint8Array.of(0), commitment);
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      hash = await digest(Uint8Array.of(1), sibling, hash);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else hash = await digest(Uint8Array.of(1), hash, sibling);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : undefined;
}

function saysRoot(note: string, size: number, root: Bytes): boolean {
  const [, told, coded] = note.split("\n");
  return told === String(size) && coded !== undefined && hex(unbase64(coded)) === hex(root);
}

/** The key is one word: name+hash+base64(0x01 || public key). A line signs by: — name base64(hash || signature). */
async function isSigned(note: string, key: string): Promise<boolean | undefined> {
  const [name = "", hash = "", ...coded] = key.split("+");
  const raw = unbase64(coded.join("+"));
  const cut = note.lastIndexOf("\n\n");
  const text = new TextEncoder().encode(note.slice(0, cut + 1));
  const line = note
    .slice(cut + 2)
    .split("\n")
    .find((one) => one.startsWith(`— ${name} `));
  if (cut < 0 || !line || raw[0] !== 1) return false;
  const signed = unbase64(line.slice(name.length + 3));
  if (hex(signed.slice(0, 4)) !== hash) return false;
  try {
    const own = await crypto.subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", own, signed.slice(4), text);
  } catch {
    return undefined;
  }
}

async function digest(...parts: Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function unhex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function unbase64(text: string): Bytes {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
