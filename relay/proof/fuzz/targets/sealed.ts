// What is inside sealed bodies, once they opened: the other end is trusted then, but not bound to our version, and what it
// passes on (an agent's words, a device's name) is anybody's.
import {
  beacon,
  commandPlain,
  decodePlain,
  docPlain,
  FRAME_BYTES,
  hash,
  headDoc,
  keyringPlain,
  knownItemOf,
  MACHINE_DOCS,
  NO_BOOT,
  pair1Plain,
  pair2Plain,
  pair3Plain,
  pair4Plain,
  parseJson,
  parseShape,
  recordPlain,
  resultPlain,
  type SealedName,
  trustDoc,
  type Bytes,
  type Header,
  OPERATIONS,
  type Scope,
  WAIT_KINDS,
  type z,
} from "../../../../schema/index.ts";
import { parsePolicy } from "../../../commands/policy.ts";
import { judge } from "../../../commands/verdict.ts";
import { readRequest } from "../../../../web/live/timeline/wait-words.ts";
import { frameVectors } from "../fixtures.ts";
import { commandTexts, documentTexts, recordTexts, waitTexts } from "../honest.ts";
import { bytesOf, type FuzzTarget, textTarget } from "../target.ts";

/** JSON as the plaintext of a frame with a codec byte. */
function coded(text: string): Bytes {
  return new Uint8Array([1, ...bytesOf(text)]);
}

function plaintexts(name: string): readonly Bytes[] {
  return frameVectors()
    .filter((vector) => vector.name === name)
    .map(({ plaintext }) => plaintext);
}

function sealed<T extends z.ZodMiniType>(
  name: SealedName,
  shape: T,
  more: readonly Bytes[] = [],
  then: (value: z.infer<T>) => unknown = () => undefined,
): FuzzTarget {
  return {
    name: `plain-${name}`,
    claim: `plaintext of ${name} frames`,
    maxBytes: FRAME_BYTES,
    corpus: () => [...plaintexts(name), ...more],
    run: (input) => void then(decodePlain(name, input, shape)),
  };
}

const HEADER = { class: 1, boot: NO_BOOT, exp: 1_795_000_120_123, ctr: 1, g: 1 };
const POLICY = await parsePolicy(null);
const RIGHTS: { scope: Scope; shell: boolean } = { scope: "admin", shell: true };

function judgeCommand(plain: z.infer<typeof commandPlain>): void {
  const ids = frameVectors().find(({ name }) => name === "CMD")?.header ?? {};
  const operation: unknown = Object.hasOwn(OPERATIONS, plain.op) ? Reflect.get(OPERATIONS, plain.op) : undefined;
  const kind: unknown = typeof operation === "object" && operation !== null ? Reflect.get(operation, "class") : 1;
  const header = { ...ids, ...HEADER, class: kind } as Header<"CMD">;
  judge(header, plain, { now: 1_795_000_000_000, rights: RIGHTS, policy: POLICY, hashAt: () => null });
}

function readDocument({ name, value }: z.infer<typeof docPlain>): void {
  const shape = Object.hasOwn(MACHINE_DOCS, name)
    ? Reflect.get(MACHINE_DOCS, name)
    : name === "head"
      ? headDoc
      : trustDoc;
  parseShape(value, shape);
}

/** Plaintexts and what is in them. */
export const SEALED_TARGETS: readonly FuzzTarget[] = [
  sealed("EVT", recordPlain, recordTexts().map(coded), (items) => items.map(knownItemOf)),
  sealed("DOC", docPlain, documentTexts().map(coded), readDocument),
  sealed("CMD", commandPlain, commandTexts().map(coded), judgeCommand),
  sealed("RES", resultPlain),
  sealed("KEYRING", keyringPlain),
  sealed("BEACON", beacon),
  sealed("PAIR1", pair1Plain),
  sealed("PAIR2", pair2Plain),
  sealed("PAIR3", pair3Plain),
  sealed("PAIR4", pair4Plain),
  textTarget({
    name: "wait-request",
    claim: "what a wait asks, as its string",
    maxBytes: FRAME_BYTES,
    corpus: waitTexts,
    // A wait has one kind; its length says which, so that every kind has its turn.
    read: (text) => readRequest(WAIT_KINDS[text.length % WAIT_KINDS.length] ?? "permission", text),
  }),
  textTarget({
    name: "hash",
    claim: "ids and hashes in JSON",
    maxBytes: 4_096,
    corpus: () => ['"LG8shyOLhWx2fV_mYOu2a42UBaCnUM9g690nqCBKFn4"', '"V_LtOAiVWsKNewevqkPLsw"'],
    read: (text) => parseJson(text, hash),
  }),
];
