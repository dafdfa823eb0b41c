import { describe, expect, it } from "vitest";
import {
  hashFromBytes,
  randomBytes,
  randomId,
  type Beacon,
  type DocId,
  type Hash,
  type SessionId,
} from "../../schema/index.ts";
import {
  alarmDeadline,
  compareArrivals,
  compareBeacon,
  machineAlarm,
  NO_SUSPICION,
  sessionAlarm,
  type Holdings,
} from "./alarms.ts";
import { parsePair } from "./pair-key.ts";

const session = randomId<SessionId>();
const doc = randomId<DocId>();
const h = (): Hash => hashFromBytes(randomBytes(32));
const [own, other] = [h(), h()];
const beacon = (more: Partial<Beacon>): Beacon => ({ echo: [], heads: [], docs: [], ring: 0, ...more });
const holding = (seq: number, hash: Hash, rev = 0, older: Hash | null = null): Holdings => ({
  log: () => ({ seq, h: hash }),
  hashAt: () => older,
  docRev: () => rev,
});

describe("S11: what is withheld is never passed over", () => {
  it("raises withheld when a head stays beyond what came for 30 seconds", () => {
    const seen = compareBeacon(NO_SUSPICION, beacon({ heads: [[session, 9, own]] }), holding(7, own), 1000);
    expect(machineAlarm(seen, null, 30_999)).toBeNull();
    expect(machineAlarm(seen, null, 31_000)).toEqual({ kind: "withheld", session, said: 9, got: 7 });
    expect(sessionAlarm(seen, session, 31_000)?.kind).toBe("withheld");
    expect(alarmDeadline(seen, 1000)).toBe(31_000);
  });

  it("starts counting again when something of it came, and ends when all did", () => {
    const seen = compareBeacon(NO_SUSPICION, beacon({ heads: [[session, 9, own]] }), holding(7, own), 1000);
    const some = compareArrivals(seen, holding(8, own), parsePair, 20_000);
    expect(machineAlarm(some, null, 49_999)).toBeNull();
    expect(machineAlarm(some, null, 50_000)?.kind).toBe("withheld");
    expect(compareArrivals(some, holding(9, own), parsePair, 50_000).records.size).toBe(0);
  });

  it("raises withheld for a document whose listed rev does not come", () => {
    const seen = compareBeacon(NO_SUSPICION, beacon({ docs: [[session, doc, 5]] }), holding(1, own, 4), 0);
    expect(machineAlarm(seen, null, 30_000)).toEqual({ kind: "withheld", session: null, said: 5, got: 4 });
    expect(compareArrivals(seen, holding(1, own, 5), parsePair, 1).docs.size).toBe(0);
  });

  it("calls a head below what is held a machine that rolled back, until it is past it again", () => {
    const first = compareBeacon(NO_SUSPICION, beacon({ heads: [[session, 6, other]] }), holding(7, own), 0);
    expect(machineAlarm(first, null, 0)).toBeNull();
    const back = compareBeacon(first, beacon({ heads: [[session, 6, other]] }), holding(7, own), 0);
    expect(machineAlarm(back, null, 0)).toEqual({ kind: "rolled-back", session });
    const again = compareBeacon(back, beacon({ heads: [[session, 7, own]] }), holding(7, own), 1);
    expect(machineAlarm(again, null, 1)).toBeNull();
  });
});

describe("S12: two histories", () => {
  it("are a fork when the beacon's head differs at the same seq, for good", () => {
    const forked = compareBeacon(NO_SUSPICION, beacon({ heads: [[session, 7, other]] }), holding(7, own), 0);
    expect(machineAlarm(forked, null, 0)).toEqual({ kind: "forked", session });
    const later = compareBeacon(forked, beacon({ heads: [[session, 8, own]] }), holding(8, own), 1);
    expect(sessionAlarm(later, session, 1)?.kind).toBe("forked");
  });
});

it("an absent relay is the least of the alarms", () => {
  const seen = compareBeacon(NO_SUSPICION, beacon({ heads: [[session, 9, own]] }), holding(7, own), 0);
  expect(machineAlarm(seen, 123, 10)).toEqual({ kind: "relay-absent", since: 123 });
  expect(machineAlarm(seen, 123, 30_000)?.kind).toBe("withheld");
});
