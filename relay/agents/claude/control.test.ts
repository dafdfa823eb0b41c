import { expect, onTestFinished, test, vi } from "vitest";
import { AppError } from "../../../schema/index.ts";
import { ControlRequests } from "./control.ts";

/** Nobody else in the process waits so long. */
const LONG_MS = 60_007;

test("replies reach their own request, in any order", async () => {
  const lines: string[] = [];
  const control = new ControlRequests((line) => lines.push(line));
  const [first, second] = [control.ask({ subtype: "a" }, LONG_MS), control.ask({ subtype: "b" }, LONG_MS)];
  const ids = lines.map((line) => JSON.parse(line).request_id);
  control.settle({ id: ids[1], value: 2 });
  control.settle({ id: "unknown", value: 3 });
  control.settle({ id: ids[0], error: "Not like this" });
  expect(await second).toBe(2);
  await expect(first).rejects.toMatchObject({ code: "E_AGENT", data: { text: "Not like this" } });
});

test("a request nobody answers gives up, and a late reply is ignored", async () => {
  vi.useFakeTimers();
  try {
    const control = new ControlRequests(() => undefined);
    const asked = control.ask({ subtype: "a" }, LONG_MS).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(await asked).toMatchObject({ code: "E_TIMEOUT" });
    expect(() => control.settle({ id: "kelpie-1", value: 1 })).not.toThrow();
  } finally {
    vi.useRealTimers();
  }
});

test("the end fails whatever is open and leaves no timer", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const control = new ControlRequests(() => undefined);
  // In one go: others in this process may have timers of their own.
  const before = vi.getTimerCount();
  const asked = control.ask({ subtype: "a" }, LONG_MS);
  const during = vi.getTimerCount();
  control.failAll(new AppError("E_AGENT", { reason: "ended" }));
  expect([during - before, vi.getTimerCount() - before]).toEqual([1, 0]);
  await expect(asked).rejects.toMatchObject({ code: "E_AGENT" });
});
