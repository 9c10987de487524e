/**
 * Checks a proof on this device: RFC 6962 path to the root, then the C2SP signed checkpoint.
 *
 * What it can show is that one entry stands in the log that a key signed. The entry is a salted
 * fingerprint and the salt stays with the platform, so what the entry says is not shown by this.
 */
import { hex } from "./hash.ts";

const FORMAT = "tongtu-evidence-1";
const HASH = /^[0-9a-f]{64}$/;
const PATH_MAX = 64;
const SIGNATURE_STEP = 3;

export interface Asked {
  kind: string;
  subject: string;
}

export interface Verdict {
  /** Good only when path, root and signature were all computed here and hold. */
  outcome: "good" | "bad" | "unknown";
  /** The first step not done: 0 the proof of what was asked, 1 path, 2 root of the checkpoint, 3 signature. */
  step: number | undefined;
  position: number;
  size: number;
  path: number;
  /** Whose word it is: the key travels with the proof. */
  key: string;
  took_ms: number;
}

interface Proof {
  commitment: Bytes;
  position: number;
  size: number;
  path: Bytes[];
  root: string;
  note: string;
  key: string;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Found = Pick<Verdict, "outcome" | "step">;

export async function verify(given: Record<string, unknown>, asked: Asked): Promise<Verdict> {
  const start = performance.now();
  const proof = read(given, asked);
  const found: Found = proof ? await judge(proof) : { outcome: "bad", step: 0 };
  return {
    ...found,
    position: proof?.position ?? 0,
    size: proof?.size ?? 0,
    path: proof?.path.length ?? 0,
    key: proof?.key ?? "",
    took_ms: performance.now() - start,
  };
}

/** Undefined: it is no proof, or one of something else than was asked for. */
function read(given: Record<string, unknown>, asked: Asked): Proof | undefined {
  const { format, kind, subject, commitment, position, size, path, root, checkpoint, log_key } = given;
  if (format !== FORMAT || kind !== asked.kind || subject !== asked.subject) return undefined;
  if (!isHash(commitment) || !isHash(root) || !isCount(position) || !isCount(size)) return undefined;
  if (!Array.isArray(path) || path.length > PATH_MAX || !path.every(isHash)) return undefined;
  if (typeof checkpoint !== "string" || typeof log_key !== "string") return undefined;
  return { commitment: unhex(commitment), position, size, path: path.map(unhex), root, note: checkpoint, key: log_key };
}

async function judge(proof: Proof): Promise<Found> {
  // Without https a browser hands out no hash function.
  if (!globalThis.crypto?.subtle) return { outcome: "unknown", step: 1 };
  const root = await rootByPath(proof.commitment, proof.position, proof.size, proof.path);
  if (!root || hex(root) !== proof.root) return { outcome: "bad", step: 1 };
  if (!saysRoot(proof, root)) return { outcome: "bad", step: 2 };
  const isGood = await isSigned(proof.note, proof.key);
  if (isGood) return { outcome: "good", step: undefined };
  return { outcome: isGood === undefined ? "unknown" : "bad", step: SIGNATURE_STEP };
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

/** Text, empty line, signatures; the text is the log's name, the size, the root. */
function saysRoot({ note, key, size }: Proof, root: Bytes): boolean {
  const [origin, told, coded] = note.split("\n");
  const isOfThisLog = origin !== "" && origin === key.split("+")[0];
  return isOfThisLog && told === String(size) && coded !== undefined && hex(unbase64(coded)) === hex(root);
}

/** The key is one word: name+hash+base64(0x01 || public key). A line signs by: — name base64(hash || signature). */
async function isSigned(note: string, key: string): Promise<boolean | undefined> {
  const [name = "", hash = "", ...coded] = key.split("+");
  const raw = unbase64(coded.join("+"));
  const named = await digest(new TextEncoder().encode(`${name}\n`), raw);
  if (raw.length !== 33 || raw[0] !== 1 || hex(named.slice(0, 4)) !== hash) return false;
  const cut = note.lastIndexOf("\n\n");
  const text = new TextEncoder().encode(note.slice(0, cut + 1));
  const line = note
    .slice(cut + 2)
    .split("\n")
    .find((one) => one.startsWith(`— ${name} `));
  if (cut < 0 || !line) return false;
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

function isHash(value: unknown): value is string {
  return typeof value === "string" && HASH.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
