import { expect, test } from "vitest";
import { machineOf, sessionOf } from "../gallery/sample-sessions.ts";
import { auditPath, infoPath, machinePath, routeOf, sessionPath } from "./route.ts";

const of = { machine: machineOf(1), session: sessionOf(2) };

test.each([
  ["/", { name: "sessions" }],
  ["/inbox", { name: "inbox" }],
  ["/new", { name: "start" }],
  ["/pair", { name: "pair" }],
  [sessionPath(of), { name: "session", ...of, tab: "chat" }],
  [infoPath(of), { name: "session", ...of, tab: "info" }],
  [machinePath(of.machine), { name: "machine", machine: of.machine }],
  [auditPath(of.machine), { name: "audit", machine: of.machine }],
])("reads its own address %s", (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

test.each([
  "/nope",
  "/session",
  "/session/short/ids",
  `${sessionPath(of)}/changes`,
  `${infoPath(of)}/more`,
  "/machine/x",
  `${machinePath(of.machine)}/more`,
  `${auditPath(of.machine)}/more`,
])("calls %s lost", (path) => {
  expect(routeOf(path)).toEqual({ name: "lost" });
});
