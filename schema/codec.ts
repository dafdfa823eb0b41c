// Values and bytes: the JSON inside sealed bodies, and frames sealed and opened with their labels.
import { concat } from "./bytes.ts";
import { recordHash } from "./chain.ts";
import { sha256, sign, verify, type Secret } from "./crypto.ts";
import { AppError } from "./errors.ts";
import { encodeHeader, FRAMES, joinFrame, type AnyFrame, type Frame, type FrameName, type Header } from "./frames.ts";
import { hashToBytes, type Hash } from "./ids.ts";
import { JSON_DEPTH } from "./limits.ts";
import { fromUtf8, utf8, type Bytes, type OpaqueKey } from "./platform.ts";
import { bodyKey, open, seal, type Padding } from "./seal.ts";
import type { z } from "./zod.ts";

const CODEC_JSON = 0x01;

/** Labels of SEAL and SIGN per frame; HOOK is sealed by jose. */
const LABELS = {
  EVT: "evt",
  DOC: "doc",
  KEYRING: "ring",
  BEACON: "beacon",
  BLOB: "blob",
  CMD: "cmd",
  RES: "res",
  LIVE: "live",
  SHARE: "share",
  PAIR1: "pair1",
  PAIR2: "pair2",
  PAIR3: "pair3",
  PAIR4: "pair4",
} as const satisfies Record<Exclude<FrameName, "HOOK">, string>;

/** Frames that Kelpie seals. */
export type SealedName = keyof typeof LABELS;

const POWER_PADDED: ReadonlySet<FrameName> = new Set(["CMD", "RES", "PAIR1", "PAIR2", "PAIR3", "PAIR4"]);
/** Frames whose plaintext starts with a codec byte. */
const WITH_CODEC: ReadonlySet<FrameName> = new Set(["EVT", "DOC", "CMD", "RES"]);

function paddingOf(name: FrameName): Padding {
  return POWER_PADDED.has(name) ? "power" : "block";
}

/** A complete frame: header, sealed body, and RI's signature where the frame has one (`ri` is then required: TypeError). */
export async function sealFrame<N extends SealedName>(
  name: N,
  header: Header<N>,
  key: Secret,
  plaintext: Uint8Array,
  ri?: OpaqueKey,
): Promise<Bytes> {
  const hdr = encodeHeader(name, header);
  const body = await seal(key, LABELS[name], hdr, plaintext, paddingOf(name));
  if (!FRAMES[name].signed) return joinFrame(hdr, body);
  if (ri === undefined) throw new TypeError(`${name} is signed`);
  return joinFrame(hdr, body, await sign(ri, LABELS[name], await signedMessage(name, hdr, body)));
}

/** An EVT frame together with its h, which the signature needs anyway. */
export async function sealRecordFrame(
  header: Header<"EVT">,
  key: Secret,
  plaintext: Uint8Array,
  ri: OpaqueKey,
): Promise<{ readonly frame: Bytes; readonly h: Hash }> {
  const hdr = encodeHeader("EVT", header);
  const body = await seal(key, LABELS.EVT, hdr, plaintext, paddingOf("EVT"));
  const h = await recordHash(hdr, body);
  return { frame: joinFrame(hdr, body, await sign(ri, LABELS.EVT, hashToBytes(h))), h };
}

/** Whether RI signed the record whose h is given: what `verifyFrame` does, without hashing it once more. */
export function verifyRecord({ sig }: Frame<"EVT">, h: Hash, ri: OpaqueKey): Promise<boolean> {
  return verify(ri, LABELS.EVT, hashToBytes(h), sig);
}

/** The plaintext of a frame; null when it does not open under this key. */
export function openFrame(frame: AnyFrame & { readonly name: SealedName }, key: Secret): Promise<Bytes | null> {
  return open(key, LABELS[frame.name], frame.hdr, frame.body);
}

/** The key of this frame alone (BODY_KEY_BYTES): whoever gets it can open this frame and no other. */
export function frameKey(frame: AnyFrame & { readonly name: SealedName }, key: Secret): Promise<Bytes | null> {
  return bodyKey(key, LABELS[frame.name], frame.body);
}

/** True when RI signed this frame. */
export async function verifyFrame(frame: Frame<"EVT" | "DOC" | "BEACON" | "LIVE">, ri: OpaqueKey): Promise<boolean> {
  return verify(ri, LABELS[frame.name], await signedMessage(frame.name, frame.hdr, frame.body), frame.sig);
}

async function signedMessage(name: SealedName, hdr: Bytes, body: Bytes): Promise<Bytes> {
  if (name === "EVT") return hashToBytes(await recordHash(hdr, body));
  return sha256(hdr, await sha256(body));
}

/** JSON as plaintext bytes, with the codec byte where the frame wants one. */
export function encodePlain(name: SealedName, value: unknown): Bytes {
  const json = utf8(JSON.stringify(value));
  return WITH_CODEC.has(name) ? concat(Uint8Array.of(CODEC_JSON), json) : json;
}

/** The value of plaintext bytes; E_SCHEMA when it is no JSON of this shape, or of an unknown codec. */
export function decodePlain<T extends z.ZodMiniType>(name: SealedName, bytes: Uint8Array, shape: T): z.infer<T> {
  const coded = WITH_CODEC.has(name);
  if (coded && bytes[0] !== CODEC_JSON) throw new AppError("E_SCHEMA", { reason: "unknown codec" });
  const text = fromUtf8(coded ? bytes.subarray(1) : bytes);
  return parseJson(text ?? "", shape);
}

/** JSON text of a shape; E_SCHEMA otherwise. */
export function parseJson<T extends z.ZodMiniType>(text: string, shape: T): z.infer<T> {
  return parseShape(readJson(text), shape);
}

/** The value of JSON text; E_SCHEMA for what is no JSON, or nested deeper than `depth` levels. */
export function readJson(text: string, depth = JSON_DEPTH): unknown {
  // Before it is parsed: whoever writes the value out again would run out of stack.
  if (isDeeper(text, depth)) throw new AppError("E_SCHEMA", { reason: "nested too deeply" });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("E_SCHEMA", { reason: "not JSON" }, { cause });
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSES: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function isDeeper(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (CLOSES.has(unit)) depth -= 1;
    else if (OPENS.has(unit) && ++depth > limit) return true;
  }
  return false;
}

/** Index of the quote that ends the string begun at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let at = start; ;) {
    at = text.indexOf('"', at + 1);
    if (at === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}

/** A value of a shape; E_SCHEMA, naming where it differs, otherwise. */
export function parseShape<T extends z.ZodMiniType>(value: unknown, shape: T): z.infer<T> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError("E_SCHEMA", { reason: `${issue?.path.join(".") || "value"}: ${issue?.code ?? "invalid"}` });
}
