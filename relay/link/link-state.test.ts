import { describe, expect, test } from "vitest";
import { ATTEMPT_GAP_MS, CLOSE, PING_MS, SILENCE_MS, UP_RESETS_BACKOFF_MS } from "../../schema/index.ts";
import { deadlineOf, firstState, nextLink, type LinkEvent, type LinkState } from "./link-state.ts";

const NOW = 1_000_000;
const tick: LinkEvent = { type: "tick", random: 0.5 };
const between = { attempt: 0, attemptedAt: NOW, replacedAt: [] };
const waiting: LinkState = { ...between, status: "waiting", retryAt: NOW + 3000 };
const dialling: LinkState = { ...between, status: "dialling", giveUpAt: NOW + 10_000 };
const greeting: LinkState = { ...between, status: "greeting", giveUpAt: NOW + 10_000 };
const online: LinkState = { ...between, status: "online", since: NOW, heardAt: NOW, pingAt: NOW + PING_MS };
const refused: LinkState = { status: "refused", code: "revoked" };
const stopped: LinkState = { status: "stopped" };
const lost = (closeCode: number | null): LinkEvent => ({ type: "lost", closeCode, random: 0.5 });

function run(state: LinkState, event: LinkEvent, now = NOW): [string, string[]] {
  const step = nextLink(state, event, now);
  return [step.state.status, step.effects.map((effect) => effect.do)];
}

describe("the link's transitions", () => {
  const redial = ["drop", "dial"];
  const table: [string, LinkState, LinkEvent, number, string, string[]][] = [
    ["a first state dials on its first tick", firstState(NOW), tick, NOW, "dialling", ["dial"]],
    ["waiting goes on waiting before its time", waiting, tick, NOW, "waiting", []],
    ["waiting dials at its time", waiting, tick, NOW + 3000, "dialling", ["dial"]],
    ["waiting dials at once when the machine woke", waiting, { type: "woke", random: 0 }, NOW, "dialling", ["dial"]],
    ["waiting ignores a late loss", waiting, lost(1006), NOW, "waiting", []],
    ["waiting stops without a socket to drop", waiting, { type: "stop" }, NOW, "stopped", []],
    ["dialling greets once the socket is open", dialling, { type: "opened" }, NOW, "greeting", []],
    ["dialling gives up at its deadline", dialling, tick, NOW + 10_000, "waiting", ["drop"]],
    ["dialling waits after a failure", dialling, lost(null), NOW, "waiting", []],
    ["dialling ignores a ready it cannot have", dialling, { type: "ready" }, NOW, "dialling", []],
    ["greeting comes online when ready", greeting, { type: "ready" }, NOW, "online", []],
    ["greeting gives up at its deadline", greeting, tick, NOW + 10_000, "waiting", ["drop"]],
    ["dialling dials anew when the clock jumped", dialling, { type: "woke", random: 0 }, NOW, "dialling", redial],
    ["greeting dials anew when the clock jumped", greeting, { type: "woke", random: 0 }, NOW, "dialling", redial],
    ["online pings when due", online, tick, NOW + PING_MS, "online", ["ping"]],
    ["online is dead after silence", online, tick, NOW + SILENCE_MS, "waiting", ["drop"]],
    ["online dials anew after sleep", online, { type: "woke", random: 0 }, NOW, "dialling", redial],
    ["online drops its socket when stopped", online, { type: "stop" }, NOW, "stopped", ["drop"]],
    ["a revoked relay never dials again", online, lost(CLOSE.revoked), NOW, "refused", []],
    ["refused stays refused", refused, tick, NOW + 99_999, "refused", []],
    ["refused ignores a wake-up", refused, { type: "woke", random: 0 }, NOW, "refused", []],
    ["stopped stays stopped", stopped, { type: "woke", random: 0 }, NOW, "stopped", []],
  ];
  test.each(table)("%s", (_name, state, event, now, status, effects) => {
    expect(run(state, event, now)).toEqual([status, effects]);
  });
});

test("a socket that reached its age is replaced at once", () => {
  const step = nextLink(online, lost(CLOSE.age), NOW + 1000);
  expect(deadlineOf(step.state)).toBe(NOW + 1000);
});

test("three replacements in a minute mean the identity is in use elsewhere", () => {
  let state: LinkState = online;
  for (const at of [0, 10_000, 20_000]) {
    state = nextLink(
      { ...online, replacedAt: "replacedAt" in state ? state.replacedAt : [] },
      lost(CLOSE.replaced),
      NOW + at,
    ).state;
  }
  expect(state).toEqual({ status: "refused", code: "identity-in-use" });
});

test("replacements further apart do not add up", () => {
  let state: LinkState = online;
  for (const at of [0, 61_000, 122_000]) {
    state = nextLink(
      { ...online, replacedAt: "replacedAt" in state ? state.replacedAt : [] },
      lost(CLOSE.replaced),
      NOW + at,
    ).state;
  }
  expect(state.status).toBe("waiting");
});

test("hearing anything puts off the end of a silent connection", () => {
  const heard = nextLink(online, { type: "heard" }, NOW + SILENCE_MS - 1).state;
  expect(run(heard, tick, NOW + SILENCE_MS)[0]).toBe("online");
});

test("failures in a row wait longer, a long life starts over", () => {
  const first = nextLink(dialling, lost(null), NOW).state;
  expect(first).toMatchObject({ status: "waiting", attempt: 1 });
  const second = nextLink({ ...dialling, attempt: 1 }, lost(null), NOW).state;
  expect(second).toMatchObject({ attempt: 2 });
  const afterLongLife = nextLink({ ...online, attempt: 5 }, lost(1006), NOW + UP_RESETS_BACKOFF_MS).state;
  expect(afterLongLife).toMatchObject({ attempt: 0 });
});

test("a flapping hub is not dialled twice within the attempt gap", () => {
  const flapped = nextLink(online, { type: "lost", closeCode: 1006, random: 0 }, NOW + 10).state;
  expect(deadlineOf(flapped)).toBe(NOW + ATTEMPT_GAP_MS);
});
