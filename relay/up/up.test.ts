import { expect, test } from "vitest";
import { ManualClock } from "../journal/test/manual-clock.ts";
import type { LinkState } from "../link/link-state.ts";
import { untilOnline } from "./up.ts";

const BETWEEN = { attempt: 0, attemptedAt: 0, replacedAt: [] };
const DIALLING: LinkState = { ...BETWEEN, status: "dialling", giveUpAt: 1 };
const ONLINE: LinkState = { ...BETWEEN, status: "online", since: 0, heardAt: 0, pingAt: 1 };

function bench(first: LinkState) {
  const clock = new ManualClock();
  const end = new AbortController();
  const words: string[] = [];
  let state = first;
  let tell: (state: LinkState) => void = () => undefined;
  const onState = (listener: (state: LinkState) => void) => {
    tell = listener;
    return () => undefined;
  };
  const move = (to: LinkState): void => {
    state = to;
    tell(to);
  };
  const terminal = { ended: end.signal, err: (line: string) => void words.push(line) };
  const waiting = untilOnline({ link: { state: () => state, onState } }, { terminal, clock });
  return { waiting, move, clock, end, words };
}

test("a relay is ready once its Worker answered, however long that takes, and says what it waits for", async () => {
  const { waiting, move, clock, words } = bench(DIALLING);
  clock.advance(60_000);
  expect(words).toHaveLength(1);
  move(ONLINE);
  expect(await waiting).toBe(true);
});

test("a Worker that refuses this machine ends the start with its code, also when it did so before anybody asked", async () => {
  await expect(bench({ status: "refused", code: "revoked" }).waiting).rejects.toMatchObject({ code: "E_REVOKED" });
  const { waiting, move } = bench(DIALLING);
  move({ status: "refused", code: "identity-in-use" });
  await expect(waiting).rejects.toMatchObject({ code: "E_BUSY" });
});

test("Ctrl-C ends a start that waits for its Worker", async () => {
  const { waiting, end } = bench(DIALLING);
  end.abort();
  expect(await waiting).toBe(false);
});
