import { expect, test } from "vitest";
import { toolView } from "../../gallery/sample-timeline.ts";
import type { TimelineEntry, ToolView } from "../../live/model.ts";
import { hasOlder, newSince, resumableKey, timelineItems } from "./timeline-items.ts";

const tool = (key: string, facts: Partial<ToolView> = {}): TimelineEntry => ({
  kind: "tool",
  key,
  at: 0,
  tool: toolView({ id: key, what: "read", ...facts }),
});
const prose = (key: string): TimelineEntry => ({ kind: "prose", key, at: 0, text: key, streaming: false });
const state = (key: string, to: "interrupted" | "starting"): TimelineEntry => ({
  kind: "state",
  key,
  at: 0,
  state: to,
  why: null,
});
const keys = (entries: readonly TimelineEntry[]): string[] => timelineItems(entries).map((item) => item.key);

test("folds three finished neighbours and leaves two as they are", () => {
  expect(keys([tool("a"), tool("b"), prose("p"), tool("c"), tool("d"), tool("e")])).toEqual(["a", "b", "p", "fold/c"]);
});

test("never folds what failed, runs, or changed a file", () => {
  const edit = tool("e", { diffs: [{ path: "a", before: null, after: "b" }] });
  expect(keys([tool("a", { status: "failed" }), tool("b", { status: "in_progress" }), edit])).toEqual(["a", "b", "e"]);
});

test("a fold keeps its key while it grows at its end", () => {
  const three = [tool("a"), tool("b"), tool("c")];
  expect(keys([...three, tool("d")])).toEqual(keys(three));
});

test("knows older entries from newer ones", () => {
  expect(hasOlder("b", [prose("a"), prose("b")])).toBe(true);
  expect(hasOlder("a", [prose("a"), prose("b")])).toBe(false);
  expect(hasOlder("gone", [prose("a")])).toBe(false);
  expect(hasOlder(undefined, [prose("a")])).toBe(false);
});

test("counts what came after the entry last seen", () => {
  expect(newSince("a", [prose("a"), prose("b"), prose("c")])).toBe(2);
  expect(newSince(null, [prose("a")])).toBe(0);
});

test("offers to resume at the newest state alone, and only when it is an interruption", () => {
  expect(resumableKey([state("a", "interrupted"), prose("p")])).toBe("a");
  expect(resumableKey([state("a", "interrupted"), state("b", "starting")])).toBeNull();
});

test("lays a very long answer out in pieces, so that only those in sight are drawn", () => {
  const long: TimelineEntry = {
    kind: "prose",
    key: "p",
    at: 0,
    text: "line of words\n".repeat(2_000),
    streaming: true,
  };
  const items = timelineItems([prose("a"), long, prose("b")]);
  expect(items.map((item) => item.key)).toEqual(["a", "p", "p/1", "p/2", "p/3", "b"]);
  expect(items.map((item) => (item.kind === "entry" ? item.joint?.goesOn : undefined))).toEqual([
    undefined,
    true,
    true,
    true,
    false,
    undefined,
  ]);
  expect(timelineItems([long])[0]).toBe(items[1]);
});

test("says where a turn broke off, before what is still queued, and not where it ended by itself or by an error", () => {
  const turn = (key: string, stop: string | null): TimelineEntry => ({
    kind: "turn",
    key,
    at: 0,
    turn: 1,
    end: stop === null ? null : { at: 1, stop },
  });
  const said = (key: string, delivery: "agent" | "machine"): TimelineEntry => ({
    kind: "user",
    key,
    at: 0,
    blocks: [],
    delivery,
    refusal: null,
    command: null,
    by: null,
    queued: delivery === "machine",
  });
  expect(keys([turn("t1", "cancelled"), said("u", "agent"), prose("p"), said("q", "machine")])).toEqual([
    "t1",
    "u",
    "p",
    "cut/t1",
    "q",
  ]);
  expect(keys([turn("t1", "cancelled"), prose("p"), turn("t2", null), prose("r")])).toEqual([
    "t1",
    "p",
    "cut/t1",
    "t2",
    "r",
  ]);
  for (const stop of ["end_turn", "error", "interrupted", null]) {
    expect(keys([turn("t1", stop), prose("p")])).toEqual(["t1", "p"]);
  }
});
