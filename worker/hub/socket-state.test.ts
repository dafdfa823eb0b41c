import { serialize } from "node:v8";
import { expect, test } from "vitest";
import {
  PAGES_WAITING,
  PAIRS_OPEN,
  randomBytes,
  randomId,
  SUBS_PER_SOCKET,
  toB64,
  type DeviceId,
  type MachineId,
  type PairId,
  type SessionId,
} from "../../schema/index.ts";
import { newDevice, newRelay, type DeviceState, type RelayState } from "./socket-state.ts";

/** What an attachment holds at most (protocol section 4); the platform refuses to keep more over a sleep. */
const ATTACHMENT_BYTES = 8 * 1024;
/** As wide as a whole number gets on the wire. */
const WIDE = Number.MAX_SAFE_INTEGER;
const m = randomId<MachineId>();
const some = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

test("the fullest state of a device fits its socket's attachment", () => {
  const state: DeviceState = {
    ...newDevice(m, randomId<DeviceId>(), WIDE),
    ...{ sent: WIDE, got: WIDE, behind: true, turn: WIDE, nonce: toB64(randomBytes(16)), seenAt: WIDE },
    docs: { rev: WIDE, until: WIDE, heads: WIDE },
    subs: new Map(some(SUBS_PER_SOCKET, () => [randomId<SessionId>(), WIDE])),
    live: new Set(some(SUBS_PER_SOCKET, () => `${randomId<SessionId>()}/${WIDE}`)),
    pages: some(PAGES_WAITING, () => ({ kind: "pull", s: randomId<SessionId>(), after: WIDE, to: WIDE })),
  };
  expect(serialize(state).length).toBeLessThanOrEqual(ATTACHMENT_BYTES);
});

test("so does a relay's", () => {
  const opening = { role: "relay", m, kid: m, key: toB64(randomBytes(65)), origin: "", grantsRev: WIDE } as const;
  const state: RelayState = {
    ...newRelay(opening, WIDE),
    pairs: some(2 * PAIRS_OPEN, () => ({ pid: randomId<PairId>(), exp: WIDE, posts: WIDE })),
  };
  expect(serialize(state).length).toBeLessThanOrEqual(ATTACHMENT_BYTES);
});
