import { describe, expect, it } from "vitest";
import { FIRST_LINK, type LinkPhase, type LinkState } from "./link-state.ts";
import { connectionLost, echoed, livenessOf, NO_PROOF, nonceSent, worstLiveness, type Proofs } from "./liveness.ts";

const NOW = 100_000;
const WALL = 1_700_000_000_000;
const linkIn = (phase: LinkPhase): LinkState => ({ ...FIRST_LINK, phase, lastAttemptAt: NOW - 1000 });
const online = (since: number, relay: "on" | "off" = "on"): LinkState =>
  linkIn({ status: "online", attempt: 0, since, relay, lastByteAt: NOW, lastPingAt: NOW, probeBy: null });
const proven = (at: number): Proofs => ({ sent: [], provenAt: at, confirmedAt: WALL - 5, roundTripMs: 12 });
const at = { monotonic: NOW, wall: WALL };

describe("what proves a machine live", () => {
  const both = nonceSent(nonceSent(nonceSent(NO_PROOF, "oldest", 1), "previous", 2), "newest", 3);

  it.each([
    ["the newest nonce", "newest", true],
    ["the previous one", "previous", true],
    ["an older one", "oldest", false],
    ["one that was never sent", "invented", false],
  ])("%s", (_name, nonce, isProof) => {
    expect(echoed(both, new Set([nonce]), NOW, WALL) !== null).toBe(isProof);
  });

  it("is no nonce of a connection that broke", () => {
    expect(echoed(connectionLost(both), new Set(["newest"]), NOW, WALL)).toBeNull();
  });
});

describe("what the view calls itself", () => {
  it.each([
    ["live up to 45 seconds after a proof", proven(NOW - 45_000), online(NOW - 80_000), "live"],
    ["stale one millisecond later", proven(NOW - 45_001), online(NOW - 80_000), "stale"],
    ["confirming on a fresh connection", NO_PROOF, online(NOW - 1000), "confirming"],
    ["confirming although an earlier connection was proven", proven(NOW - 2000), online(NOW - 1000), "confirming"],
    ["stale when nothing was proven in time", NO_PROOF, online(NOW - 9000), "stale"],
    ["stale at once when the relay is said to be away", NO_PROOF, online(NOW - 10, "off"), "stale"],
    [
      "confirming while it first dials",
      NO_PROOF,
      linkIn({ status: "dialling", attempt: 0, giveUpAt: 0 }),
      "confirming",
    ],
    ["offline while it dials again", NO_PROOF, linkIn({ status: "dialling", attempt: 1, giveUpAt: 0 }), "offline"],
    ["offline while it waits", proven(NOW), linkIn({ status: "waiting", attempt: 1, retryAt: NOW + 500 }), "offline"],
    ["offline while hidden", proven(NOW), linkIn({ status: "resting", attempt: 0 }), "offline"],
    ["offline when refused", proven(NOW), linkIn({ status: "refused", code: "E_REVOKED" }), "offline"],
  ] as const)("%s", (_name, proofs, link, status) => {
    expect(livenessOf(proofs, link, at).status).toBe(status);
  });

  it("says when it tries again in the time of the wall", () => {
    const link = linkIn({ status: "waiting", attempt: 2, retryAt: NOW + 700 });
    expect(livenessOf(NO_PROOF, link, at)).toEqual({
      status: "offline",
      confirmedAt: null,
      retryAt: WALL + 700,
      attempt: 2,
    });
  });

  it("is the worst of all machines, and offline with none", () => {
    expect(worstLiveness(["live", "stale", "confirming"])).toBe("stale");
    expect(worstLiveness([])).toBe("offline");
  });
});

it("only the first echo of a nonce tells the round trip; a beacon that repeats it proves life and nothing else", () => {
  const first = echoed(nonceSent(NO_PROOF, "n", 100), new Set(["n"]), 130, WALL);
  const again = first === null ? null : echoed(first, new Set(["n"]), 15_130, WALL);
  expect(first?.roundTripMs).toBe(30);
  expect(again).toMatchObject({ provenAt: 15_130, roundTripMs: 30 });
});
