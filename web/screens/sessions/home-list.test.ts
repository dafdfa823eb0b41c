import { expect, test } from "vitest";
import { machineOf, sessionOf, sessionRow } from "../../gallery/sample-sessions.ts";
import { SAMPLE_APP } from "../../test/fake-live.ts";
import { homeList } from "./home-list.ts";

const ALL = { machine: null, words: null, archived: false };

test("hides archived sessions and counts them", () => {
  const old = sessionRow({ session: sessionOf(77), title: "Old", archived: true });
  const view = { ...SAMPLE_APP, sessions: [...SAMPLE_APP.sessions, old] };
  expect(homeList(view, ALL).rows).not.toContain(old);
  expect(homeList(view, ALL).archived).toBe(1);
  expect(homeList(view, { ...ALL, archived: true }).rows).toEqual([old]);
});

test("finds by every word, in any of title, project, branch and agent", () => {
  const found = homeList(SAMPLE_APP, { ...ALL, words: "AUDIT opencode" });
  expect(found.rows.map((row) => row.title)).toEqual(["Paginate the audit log"]);
});

test("lists only waits of the rows that are listed", () => {
  expect(homeList(SAMPLE_APP, { ...ALL, words: "vite" }).waits).toEqual([]);
  expect(homeList(SAMPLE_APP, { ...ALL, machine: machineOf(2) }).waits).toEqual([]);
});

test("says when the truth was last proven only while nothing is proven", () => {
  expect(homeList(SAMPLE_APP, ALL).confirmedAt).toBeNull();
  const away = homeList(SAMPLE_APP, { ...ALL, machine: machineOf(2) });
  expect(away.confirmedAt).not.toBeNull();
});
