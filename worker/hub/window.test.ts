import { expect, test } from "vitest";
import { FIRST_WINDOW_BYTES, WINDOW_BYTES } from "../../schema/index.ts";
import { inFlight, report, room } from "./window.ts";

test.each([
  { name: "nothing sent", state: { sent: 0, got: 0 }, left: FIRST_WINDOW_BYTES },
  { name: "some under way", state: { sent: 1000, got: 400 }, left: FIRST_WINDOW_BYTES - 200 },
  { name: "as much stored as the whole window", state: { sent: WINDOW_BYTES, got: WINDOW_BYTES }, left: WINDOW_BYTES },
  {
    name: "some under way later",
    state: { sent: 2 * WINDOW_BYTES, got: 2 * WINDOW_BYTES - 600 },
    left: WINDOW_BYTES - 600,
  },
  { name: "exactly full", state: { sent: FIRST_WINDOW_BYTES, got: 0 }, left: 0 },
  { name: "more than full, by frames no window stops", state: { sent: FIRST_WINDOW_BYTES + 9, got: 0 }, left: 0 },
])("$name leaves the right room", ({ state, left }) => {
  expect(room(state)).toBe(left);
});

test("a report only ever moves forward, and never beyond what was sent", () => {
  const state = { sent: 100, got: 0 };
  report(state, 60);
  expect(inFlight(state)).toBe(40);
  report(state, 10);
  expect(inFlight(state)).toBe(40);
  report(state, 1e9);
  expect(inFlight(state)).toBe(0);
});
