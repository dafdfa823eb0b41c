import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toB64 } from "./bytes.ts";
import { deviceToHub, hubToDevice, hubToRelay, parseControl, relayToHub } from "./control.ts";
import { CONTROL_BYTES } from "./limits.ts";
import { randomId, type DeviceId, type PairId, type SessionId } from "./ids.ts";
import { randomBytes } from "./platform.ts";

const s = randomId<SessionId>();
const d = randomId<DeviceId>();
const pid = randomId<PairId>();
const b64 = (bytes: number): string => toB64(randomBytes(bytes));
const jwk = { kty: "EC", crv: "P-256", x: b64(32), y: b64(32) };

/** One valid message of every kind in every direction. */
const VALID = {
  relayToHub: [
    { t: "auth", kid: b64(16), sig: b64(64), client: "relay" },
    { t: "pull", s, from: 1, to: 201 },
    { t: "reset", s, q: 4 },
    { t: "retire", list: [[s, 4]] },
    { t: "grants", rev: 1, list: [{ kid: d, jwk, role: "device" }] },
    { t: "routes", rev: 1, hooks: [], shares: [] },
    { t: "pair_open", pid, exp: 5 },
    { t: "pair_close", pid },
    { t: "cgot", d, g: 1, ctr: 2 },
    { t: "hgot", hid: b64(16), seq: 1 },
  ],
  deviceToHub: [
    { t: "auth", kid: d, sig: b64(64), client: "web" },
    { t: "pull", s, from: 1, to: 1 },
    { t: "sub", subs: [[s, 0]], docs: 0, nonce: b64(16) },
    { t: "sub", subs: [], docs: 3, live: [[s, 1]], nonce: b64(16) },
    { t: "alive", nonce: b64(16) },
    { t: "got", bytes: 1 },
    { t: "list", before: 5, limit: 200 },
    { t: "blob", bid: b64(16), idx: 0 },
  ],
  hubToRelay: [
    { t: "hello", v: 1, nonce: b64(32), conn: b64(16), time: 1 },
    { t: "ready", role: "relay", relay: "on" },
    { t: "err", code: "E_QUOTA", ref: [s, 3], retryMs: 5 },
    { t: "err", code: "E_FRAME" },
    { t: "going", afterMs: 5000 },
    { t: "heads", list: [[s, 1, b64(32)]], more: false, docs: 1, grants: 2, rings: [[d, 3]] },
    { t: "ack", list: [[s, 1]], docs: 4 },
    { t: "need", s, q: 1 },
    { t: "watch", list: [[d, b64(16)]] },
  ],
  hubToDevice: [
    { t: "queued", g: 1, ctr: 1 },
    { t: "floor", s, q: 1 },
    { t: "err", code: "E_OFFLINE", ref: [1, 2] },
    { t: "err", code: "E_PAIR_EXPIRED", ref: pid },
  ],
};
const DIRECTIONS = { relayToHub, deviceToHub, hubToRelay, hubToDevice };
type Direction = keyof typeof DIRECTIONS;
const cases = (Object.keys(VALID) as Direction[]).flatMap((direction) =>
  VALID[direction].map((message) => [direction, message.t, message] as const),
);

describe("a control message", () => {
  test.each(cases)("%s %s is read, unknown keys ignored", (direction, _t, message) => {
    expect(parseControl(JSON.stringify({ ...message, later: 1 }), DIRECTIONS[direction])).toEqual(message);
  });

  test.each(cases)("%s %s is refused without each of its fields", (direction, _t, message) => {
    const optional = new Set(["live", "retryMs", "ref", "exp", message.t === "ack" ? "docs" : ""]);
    for (const field of Object.keys(message).filter((name) => !optional.has(name))) {
      const less = { ...message, [field]: undefined };
      expect(() => parseControl(JSON.stringify(less), DIRECTIONS[direction])).toThrow(
        expect.objectContaining({ code: "E_FRAME" }),
      );
    }
  });
});

test.each([
  ["relayToHub", { t: "sub", subs: [], docs: 0, nonce: b64(16) }],
  ["deviceToHub", { t: "grants", rev: 9, list: [] }],
  ["deviceToHub", { t: "cgot", d, g: 1, ctr: 1 }],
  ["deviceToHub", { t: "pair_open", pid, exp: 1 }],
  ["deviceToHub", { t: "constructor" }],
  ["relayToHub", { t: "pull", s, from: 5, to: 4 }],
  ["relayToHub", { t: "pull", s, from: 1, to: 202 }],
  ["deviceToHub", { t: "got", bytes: -1 }],
  ["deviceToHub", { t: "got", bytes: 2 ** 53 }],
  ["deviceToHub", { t: "sub", subs: Array.from({ length: 65 }, () => [s, 0]), docs: 0, nonce: b64(16) }],
  ["relayToHub", { t: "retire", list: Array.from({ length: 501 }, () => [s, 1]) }],
] as const)("%s refuses %j", (direction, message) => {
  expect(() => parseControl(JSON.stringify(message), DIRECTIONS[direction])).toThrow(
    expect.objectContaining({ code: "E_FRAME" }),
  );
});

test("is refused by size before it is parsed", () => {
  const message = JSON.stringify({ t: "alive", nonce: b64(16), fill: "x".repeat(CONTROL_BYTES) });
  expect(() => parseControl(message, deviceToHub)).toThrow(expect.objectContaining({ code: "E_SIZE" }));
  const wide = JSON.stringify({ t: "alive", nonce: b64(16), fill: "é".repeat(CONTROL_BYTES / 2) });
  expect(() => parseControl(wide, deviceToHub)).toThrow(expect.objectContaining({ code: "E_SIZE" }));
});

test("noise is refused with E_FRAME and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...Object.values(DIRECTIONS)), (text, direction) => {
      expect(() => parseControl(text, direction)).toThrow(expect.objectContaining({ code: "E_FRAME" }));
    }),
  );
});
