import { describe, expect, it } from "vitest";
import { retryDelayMs, type Retry } from "./reconnect.ts";

const retry = (more: Partial<Retry>): Retry => ({ attempt: 0, closeCode: null, sinceLastAttemptMs: 60_000, ...more });

describe("the delay before the next attempt", () => {
  it.each([
    ["the first try is spread over one second", retry({}), 1000],
    ["a planned close spreads its clients over five seconds", retry({ closeCode: 1001 }), 5000],
    ["an abrupt close does so too", retry({ closeCode: 1006 }), 5000],
    ["and a restart of the service", retry({ closeCode: 1012 }), 5000],
    ["the second attempt waits up to a second", retry({ attempt: 1, closeCode: 1006 }), 1000],
    ["the fourth up to eight", retry({ attempt: 4 }), 8000],
    ["no attempt waits more than thirty seconds", retry({ attempt: 20 }), 30_000],
    ["a hub that names a time is believed", retry({ toldMs: 2000, closeCode: 1012 }), 7000],
  ])("%s", (_name, facts, most) => {
    expect(retryDelayMs(facts, 0)).toBe(facts.toldMs ?? 0);
    expect(retryDelayMs(facts, 0.999999)).toBeGreaterThan(most - 50);
    expect(retryDelayMs(facts, 0.999999)).toBeLessThanOrEqual(most);
  });

  it("is never less than 2.5 seconds after the last attempt began", () => {
    expect(retryDelayMs(retry({ sinceLastAttemptMs: 100 }), 0)).toBe(2400);
  });

  it("is nothing for a socket that was merely too old", () => {
    expect(retryDelayMs(retry({ closeCode: 4410, sinceLastAttemptMs: 10 }), 0.9)).toBe(0);
  });
});
