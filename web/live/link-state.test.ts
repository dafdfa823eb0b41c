import { describe, expect, it } from "vitest";
import { FIRST_LINK, linkDeadline, nextLink, type LinkEvent, type LinkPhase, type LinkState } from "./link-state.ts";

const NOW = 100_000;
const online: LinkPhase = {
  status: "online",
  attempt: 0,
  since: NOW - 90_000,
  relay: "on",
  lastByteAt: NOW - 1000,
  lastPingAt: NOW - 1000,
  probeBy: null,
};
const PHASES: Readonly<Record<string, LinkPhase>> = {
  resting: { status: "resting", attempt: 1 },
  waiting: { status: "waiting", attempt: 1, retryAt: NOW + 5000 },
  dialling: { status: "dialling", attempt: 1, giveUpAt: NOW + 5000 },
  greeting: { status: "greeting", attempt: 1, giveUpAt: NOW + 5000 },
  online,
  refused: { status: "refused", code: "E_REVOKED" },
};
const EVENTS: Readonly<Record<string, LinkEvent>> = {
  asked: { type: "asked" },
  hidden: { type: "page", visible: false, online: true },
  offline: { type: "page", visible: true, online: false },
  opened: { type: "opened" },
  ready: { type: "ready", relay: "on" },
  bytes: { type: "bytes" },
  going: { type: "going", afterMs: 0 },
  lost: { type: "closed", code: 1006 },
  revoked: { type: "closed", code: 4403 },
  replaced: { type: "closed", code: 4409 },
  auth: { type: "closed", code: 4401 },
  tick: { type: "tick" },
};

/** state × event → status and effects; a cell that is missing leaves the status and does nothing. */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  resting: { asked: "dialling dial", revoked: "refused", replaced: "refused" },
  waiting: { asked: "dialling dial", hidden: "resting", offline: "resting", revoked: "refused", replaced: "refused" },
  dialling: {
    opened: "greeting",
    going: "waiting drop",
    lost: "waiting forget-token",
    auth: "waiting forget-token",
    revoked: "refused",
    replaced: "refused",
  },
  greeting: {
    ready: "online",
    going: "waiting drop",
    lost: "waiting",
    auth: "waiting forget-token",
    revoked: "refused",
    replaced: "refused",
  },
  online: {
    going: "waiting drop",
    lost: "waiting",
    auth: "waiting forget-token",
    revoked: "refused",
    replaced: "refused",
  },
  refused: { asked: "dialling dial", revoked: "refused", replaced: "refused" },
};

describe("the link's transitions", () => {
  for (const [from, phase] of Object.entries(PHASES)) {
    for (const [name, event] of Object.entries(EVENTS)) {
      it(`${from} + ${name}`, () => {
        const { state, effects } = nextLink({ ...FIRST_LINK, phase }, event, NOW, 0.5);
        const isExpectedEffect = (TABLE[from]?.[name] ?? from).split(" ");
        const found = [state.phase.status, ...effects];
        if (name === "lost" && (from === "resting" || from === "waiting" || from === "refused")) {
          expect(state.phase.status).toBe(from);
        } else if (name === "auth" && (from === "resting" || from === "waiting" || from === "refused")) {
          expect(state.phase.status).toBe(from);
        } else {
          expect(found).toEqual(isExpectedEffect);
        }
      });
    }
  }
});

const after = (state: LinkState, event: LinkEvent, now: number): LinkState => nextLink(state, event, now, 0.5).state;

describe("the link over time", () => {
  const up: LinkState = { ...FIRST_LINK, phase: online, lastAttemptAt: NOW - 90_000 };

  it("pings after 25 quiet seconds and is dead after 60 without a byte", () => {
    expect(linkDeadline(up)).toBe(NOW + 24_000);
    expect(nextLink(up, { type: "tick" }, NOW + 24_000, 0).effects).toEqual(["ping"]);
    const silent = nextLink(up, { type: "tick" }, NOW + 59_000, 0);
    expect(silent.state.phase.status).toBe("waiting");
    expect(silent.effects).toEqual(["drop"]);
  });

  it("probes a quiet socket when the page comes back, for three seconds", () => {
    const hidden = after(up, { type: "page", visible: false, online: true }, NOW);
    const back = nextLink(hidden, { type: "page", visible: true, online: true }, NOW + 21_000, 0);
    expect(back.effects).toEqual(["ping"]);
    expect(nextLink(back.state, { type: "tick" }, NOW + 24_000, 0).effects).toEqual(["drop"]);
    const answered = after(back.state, { type: "bytes" }, NOW + 22_000);
    expect(nextLink(answered, { type: "tick" }, NOW + 24_000, 0).effects).toEqual([]);
  });

  it("does not try while hidden, and tries at once when seen again", () => {
    const hidden = after(up, { type: "page", visible: false, online: true }, NOW);
    const lost = after(hidden, { type: "closed", code: 1006 }, NOW);
    expect(lost.phase.status).toBe("resting");
    expect(linkDeadline(lost)).toBeNull();
    const back = nextLink(lost, { type: "page", visible: true, online: true }, NOW + 500, 0);
    expect(back.effects).toEqual(["dial"]);
  });

  it("forgets earlier failures after a minute up, and counts short lives", () => {
    const long = after({ ...up, phase: { ...online, attempt: 5 } }, { type: "closed", code: 1006 }, NOW);
    expect(long.phase).toMatchObject({ status: "waiting", attempt: 0 });
    const brief = { ...online, attempt: 3, since: NOW - 500 };
    expect(after({ ...up, phase: brief }, { type: "closed", code: 1006 }, NOW).phase).toMatchObject({ attempt: 4 });
  });
});
