import { describe, expect, test } from "vitest";
import { deviceOf, rootOf, sessionOf } from "../../gallery/sample-sessions.ts";
import type { AuditCommand, TimelineEntry } from "../../live/model.ts";
import { auditRows, byDay, namesInNotes, type AuditNames } from "./audit-words.ts";

const NOON = Date.UTC(2026, 2, 10, 12);
const HOUR_MS = 3_600_000;
const [me, other, gone] = [deviceOf(1), deviceOf(2), deviceOf(3)];
const names: AuditNames = {
  thisDevice: me,
  devices: new Map([[other, "Pixel 9"]]),
  sessions: new Map([[sessionOf(1), "Fix the tests"]]),
  projects: new Map([[rootOf(1), "harbor-web"]]),
};

function command(change: Partial<AuditCommand>): AuditCommand {
  const nothing = { code: null, session: null, device: null, root: null };
  return {
    kind: "command",
    key: "1.0",
    at: NOON,
    by: other,
    op: "session.prompt",
    status: "done",
    ...nothing,
    ...change,
  };
}

describe("an entry says who did what, about what, and what became of it", () => {
  test.each([
    [command({ session: sessionOf(1) }), "Pixel 9 sent a message", "Fix the tests", "Done"],
    [command({ by: me, op: "device.revoke", device: other }), "This device revoked a device", "Pixel 9", "Done"],
    [
      command({ by: "desk", op: "project.remove", root: rootOf(1) }),
      "The console removed a project",
      "harbor-web",
      "Done",
    ],
    [command({ status: "rejected", code: "E_SCOPE" }), "Pixel 9 sent a message", "it has no right to", "Refused"],
    [
      command({ status: "failed", code: "E_LATER", session: sessionOf(1) }),
      "Pixel 9 sent a message",
      "Fix the tests · E_LATER",
      "Failed",
    ],
    [command({ status: "expired", code: "E_EXPIRED" }), "Pixel 9 sent a message", "it came after its time", "Too late"],
    [command({ status: "indeterminate" }), "Pixel 9 sent a message", null, "Not known"],
    [command({ op: "later.op" }), "Pixel 9 asked for later.op", null, "Done"],
    [
      command({ op: "", status: "rejected", code: "E_SCHEMA" }),
      "Pixel 9 sent what nobody can read",
      "not understood",
      "Refused",
    ],
    [command({ by: gone }), `A device that is gone (${gone.slice(0, 6)}) sent a message`, null, "Done"],
  ])("%#: %j", (entry, what, about, word) => {
    expect(auditRows([entry], names, null)).toMatchObject([{ what, about, result: { word } }]);
  });
});

const note = (code: string, text: string): TimelineEntry => ({
  kind: "note",
  key: code,
  at: NOON,
  code,
  text,
  device: gone,
});

test("a device that is gone has the name that the notes gave it last", () => {
  const entries = [note("device.paired", "couch"), note("device.renamed", "sofa"), note("device.revoked", "sofa")];
  expect(namesInNotes(entries).get(gone)).toBe("sofa");
  expect(auditRows(entries, names, null).map(({ what, about }) => [what, about])).toEqual([
    ["A device was revoked", "sofa"],
    ["A device was renamed", "sofa"],
    ["A device was paired", "couch"],
  ]);
});

test("rows of one device alone, newest first, by day of the calendar", () => {
  const entries = [
    command({ key: "1.0", at: NOON - 40 * HOUR_MS }),
    command({ key: "2.0", at: NOON - 13 * HOUR_MS, by: me }),
    command({ key: "3.0", at: NOON - 2 * HOUR_MS }),
    command({ key: "4.0", at: NOON - HOUR_MS }),
  ];
  const days = byDay(auditRows(entries, names, other), { now: NOON, zone: "UTC" });
  expect(days.map(({ name, rows }) => [name, rows.map(({ key }) => key)])).toEqual([
    ["Today, Tue, 10 Mar 2026", ["4.0", "3.0"]],
    ["Sun, 8 Mar 2026", ["1.0"]],
  ]);
});
