import { describe, expect, test } from "vitest";
import { parseShape } from "./codec.ts";
import { isFinal, isOperation, OPERATIONS, RESULT_STATUSES } from "./commands.ts";
import { scopeAllows, SCOPES } from "./documents.ts";
import { assertNever, AppError, ERRORS, isAppError, isErrorCode } from "./errors.ts";
import { randomId, type DeviceId, type RootId, type SessionId, type WaitId } from "./ids.ts";
import { toB64 } from "./bytes.ts";
import { randomBytes } from "./platform.ts";

/** Class, idempotence and scope as protocol section 8 states them. */
const TABLE: Record<keyof typeof OPERATIONS, [1 | 2, boolean, string]> = {
  "device.hello": [1, true, "view"],
  "device.rekey": [1, true, "view"],
  "device.rename": [1, true, "view"],
  "device.revoke": [1, true, "admin"],
  "keys.rotate": [1, true, "admin"],
  "history.get": [2, true, "view"],
  "blob.get": [2, true, "view"],
  "agent.probe": [2, true, "view"],
  "session.start": [1, false, "operate"],
  "session.prompt": [1, false, "operate"],
  "session.fork": [1, false, "operate"],
  "session.resume": [1, false, "operate"],
  "session.cancel": [1, true, "operate"],
  "session.stop": [1, true, "operate"],
  "session.archive": [1, true, "operate"],
  "session.mode": [1, true, "operate"],
  "prompt.edit": [1, true, "operate"],
  "prompt.withdraw": [1, true, "operate"],
  "wait.answer": [1, false, "operate"],
  "pair.invite": [1, false, "admin"],
  "pair.accept": [1, false, "admin"],
  "project.add": [1, true, "admin"],
  "project.remove": [1, true, "admin"],
  "project.trust": [1, false, "admin"],
};

test("class, idempotence and scope are those of the specification", () => {
  const actual = Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, op]) => [name, [op.class, op.idempotent, op.scope]]),
  );
  expect(actual).toEqual(TABLE);
});

const s = randomId<SessionId>();
const root = randomId<RootId>();
const d = randomId<DeviceId>();
const blocks = [{ type: "text", text: "hi" }];

describe("arguments", () => {
  test.each([
    ["session.prompt", { s, blocks }],
    ["session.start", { root, agent: "demo" }],
    ["prompt.edit", { s, of: [d, 1, 7], blocks }],
    ["wait.answer", { s, wid: randomId<WaitId>(), digest: toB64(randomBytes(32)), answer: { choices: [[0], [1, 2]] } }],
    ["pair.accept", { pid: d, code: "012345" }],
  ] as const)("%s takes %j", (name, args) => {
    expect(parseShape(args, OPERATIONS[name].args)).toEqual(args);
  });

  test.each([
    ["session.prompt", { s, blocks, extra: 1 }],
    ["session.prompt", { s, blocks: [] }],
    ["session.prompt", { s: "short", blocks }],
    ["session.start", { root, agent: "x".repeat(65) }],
    ["session.start", { root, agent: "demo", title: "x".repeat(121) }],
    ["prompt.edit", { s, of: [d, 1], blocks }],
    ["history.get", { s, from: 1, to: 202 }],
    ["pair.accept", { pid: d, code: "12345" }],
    ["pair.accept", { pid: d, code: "１２３４５６" }],
    ["device.rename", { name: "" }],
    ["agent.probe", { anything: true }],
    ["wait.answer", { s, wid: s, digest: toB64(randomBytes(31)), answer: {} }],
    ["wait.answer", { s, wid: s, digest: toB64(randomBytes(32)), answer: { text: "x".repeat(8193) } }],
  ] as const)("%s refuses %j", (name, args) => {
    expect(() => parseShape(args, OPERATIONS[name].args)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
  });
});

test("an operation is known by its own name only", () => {
  expect([
    isOperation("session.prompt"),
    isOperation("toString"),
    isOperation("__proto__"),
    isOperation("git.push"),
  ]).toEqual([true, false, false, false]);
});

test("every status but accepted is final", () => {
  expect(RESULT_STATUSES.filter((status) => !isFinal(status))).toEqual(["accepted"]);
});

test("a scope allows itself and those below it", () => {
  const allowed = SCOPES.map((has) => SCOPES.filter((needs) => scopeAllows(has, needs)));
  expect(allowed).toEqual([["view"], ["view", "operate"], ["view", "operate", "admin"]]);
});

describe("errors", () => {
  test("codes are told from anything else", () => {
    expect([isErrorCode("E_AUTH"), isErrorCode("toString"), isErrorCode(4), isErrorCode("E_NOPE")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test("closes are the codes of protocol section 15", () => {
    const closes = new Set(Object.values(ERRORS).flatMap(({ close }) => (close === null ? [] : [close])));
    expect([...closes].toSorted((a, b) => a - b)).toEqual([4400, 4401, 4403, 4413, 4429, 4503]);
  });

  test("an AppError keeps its cause and says its reason", () => {
    const cause = new Error("why");
    const error = new AppError("E_DISK", { reason: "full" }, { cause });
    expect(error).toMatchObject({ message: "E_DISK: full", cause, code: "E_DISK" });
    expect([isAppError(error), isAppError(error, "E_DISK"), isAppError(error, "E_AUTH"), isAppError(cause)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("an impossible case is a defect, not a refusal", () => {
    expect(() => assertNever("x" as never)).toThrow(expect.not.objectContaining({ code: expect.anything() }));
  });
});
