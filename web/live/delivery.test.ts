import { describe, expect, it } from "vitest";
import { RESULT_STATUSES } from "../../schema/index.ts";
import { deliveryOf, type DeliveryFacts } from "./delivery.ts";

type Entry = DeliveryFacts["entry"];
const EXP = 1_000_000;
const entry = (more: Partial<Entry> = {}): Entry => ({
  exp: EXP,
  stored: false,
  accepted: false,
  final: null,
  named: null,
  ...more,
});
const final = (status: (typeof RESULT_STATUSES)[number], code: string | null = null) => ({
  status,
  code,
  text: null,
  data: null,
  at: 1,
});
const where = (facts: Entry, now = 0, isMachineLive = true) =>
  deliveryOf({ entry: facts, now, isMachineLive }).delivery;

describe("where a command is", () => {
  it.each([
    ["in the outbox", entry(), "device"],
    ["in the Worker's queue", entry({ stored: true }), "stored"],
    ["accepted, not finished", entry({ stored: true, accepted: true }), "stored"],
    ["done", entry({ accepted: true, final: final("done") }), "machine"],
    ["named by a user item, its result lost", entry({ named: "user" }), "machine"],
    ["taken by a turn", entry({ named: "turn", final: final("done") }), "agent"],
    ["taken by a turn, its result lost", entry({ named: "turn" }), "agent"],
    ["failed", entry({ final: final("failed", "E_AGENT") }), "refused"],
    ["rejected", entry({ final: final("rejected", "E_SCOPE") }), "refused"],
    ["expired at the relay", entry({ final: final("expired") }), "refused"],
    ["indeterminate", entry({ final: final("indeterminate") }), "unknown"],
  ] as const)("%s", (_name, facts, delivery) => {
    expect(where(facts)).toBe(delivery);
  });

  it("without any answer a minute after it expired: refused by a live machine, unknown of another", () => {
    expect(where(entry(), EXP + 60_000)).toBe("device");
    expect(where(entry(), EXP + 60_001, true)).toBe("refused");
    expect(where(entry({ stored: true }), EXP + 60_001, false)).toBe("unknown");
    expect(where(entry({ accepted: true }), EXP + 10_000_000)).toBe("stored");
  });

  it("keeps the machine's code and the tool's own words", () => {
    const told = { ...final("failed", "E_AGENT"), text: "API key invalid" };
    expect(deliveryOf({ entry: entry({ final: told }), now: 0, isMachineLive: true }).refusal).toMatchObject({
      code: "E_AGENT",
      text: "API key invalid",
    });
  });

  it("takes the machine's own next step before the general one of its code", () => {
    const refusalWith = (data: unknown) => {
      const told = { ...final("failed", "E_POLICY"), text: "beta is not trusted", data };
      return deliveryOf({ entry: entry({ final: told }), now: 0, isMachineLive: true }).refusal;
    };
    expect(refusalWith({ next: "Trust the project.", digest: "d" })).toEqual({
      code: "E_POLICY",
      text: "beta is not trusted",
      next: "Trust the project.",
    });
    for (const data of [null, {}, { next: 4 }, { next: "" }, "next"]) {
      expect(refusalWith(data)?.next).toMatch(/policy/u);
    }
  });
});

describe("S14: nothing says accepted or done without an opened result or a signed record", () => {
  const said = new Set(["machine", "agent"]);
  it("in any combination of what the Worker can claim", () => {
    for (const stored of [true, false]) {
      for (const now of [0, EXP, EXP + 60_001, EXP * 5]) {
        for (const isMachineLive of [true, false]) {
          expect(said.has(where(entry({ stored }), now, isMachineLive))).toBe(false);
        }
      }
    }
  });

  it("nor does any result but done", () => {
    for (const status of RESULT_STATUSES.filter((each) => each !== "done")) {
      expect(said.has(where(entry({ stored: true, final: final(status) })))).toBe(false);
    }
  });
});
