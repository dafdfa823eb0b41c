import { expect, test } from "vitest";
import { machineOf, sessionOf } from "../../gallery/sample-sessions.ts";
import type { Route } from "../../hooks/route.ts";
import { routeOf } from "../../hooks/route.ts";
import type { Alarm } from "../../live/model.ts";
import { SAMPLE_APP } from "../../test/fake-live.ts";
import { toldBeside, toldMachines } from "./told-machines.ts";

const [first, second] = SAMPLE_APP.machines;
if (first === undefined || second === undefined) throw new Error("the samples are too few");
const forked: Alarm = { kind: "forked", session: sessionOf(1) };
const troubled = [
  { ...first, alarm: forked },
  { ...second, alarm: forked },
];
const at = (path: string): Route => routeOf(path);
const namesBeside = (route: Route | undefined, online = true): string[] =>
  toldBeside({ machines: troubled, online }, route).map(({ name }) => name);

test("beside a machine, its audit or the conversation in question its notice is not said twice", () => {
  expect(namesBeside(undefined)).toEqual(["studio", "air"]);
  expect(namesBeside(at(`/machine/${machineOf(1)}`))).toEqual(["air"]);
  expect(namesBeside(at(`/machine/${machineOf(1)}/audit`))).toEqual(["air"]);
  expect(namesBeside(at(`/session/${machineOf(1)}/${sessionOf(1)}`))).toEqual(["air"]);
});

test("beside another conversation, a screen of no machine and a machine that is gone everything is said", () => {
  expect(namesBeside(at(`/session/${machineOf(1)}/${sessionOf(2)}`))).toEqual(["studio", "air"]);
  for (const path of ["/more", "/inbox"]) expect(namesBeside(at(path))).toEqual(["studio", "air"]);
  expect(namesBeside(at(`/machine/${machineOf(7)}`))).toEqual(["studio", "air"]);
});

test("without a network the screen of a machine says it for all", () => {
  expect(namesBeside(at(`/machine/${machineOf(1)}`), false)).toEqual([]);
  expect(namesBeside(at("/more"), false)).toEqual(["studio", "air"]);
});

test("of several machines one that sleeps is no news", () => {
  expect(toldMachines(SAMPLE_APP)).toEqual([]);
});
