import { createInterface } from "node:readline";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseJson, z } from "../../../schema/index.ts";
import { until } from "../../../relay/house/product.ts";
import { openWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld({ demoPaceMs: 5 });
});
afterAll(() => world.close());

async function json<T extends z.ZodMiniType>(shape: T, ...args: readonly string[]): Promise<z.infer<T>> {
  const end = await world.product.cli(...args, "--json");
  expect(end).toMatchObject({ code: 0, err: "" });
  expect(end.out.trim().split("\n")).toHaveLength(1);
  return parseJson(end.out, shape);
}

const row = z.object({
  session: z.string(),
  title: z.string(),
  state: z.string(),
  waits: z.array(z.object({ kind: z.string() })),
});
const list = z.array(row);
const started = z.object({ s: z.string() });

async function stateBecomes(session: string, state: string): Promise<void> {
  let seen: readonly z.infer<typeof row>[] = [];
  let looking = false;
  await until(`${session} ${state}`, () => {
    if (!looking) {
      looking = true;
      void world.product.desk("ls").then((value) => {
        seen = list.parse(value);
        looking = false;
      });
    }
    return seen.some((found) => found.session === session && found.state === state);
  });
}

test("run, ls, send, attach, approve, deny and stop drive a session with --json", async () => {
  const { s } = await json(started, "run", "demo", "run echo hello", "--title", "From the desk");
  await stateBecomes(s, "waiting");
  const [listed] = await json(list, "ls");
  expect(listed).toMatchObject({
    session: s,
    title: "From the desk",
    state: "waiting",
    waits: [{ kind: "permission" }],
  });
  await json(z.looseObject({}), "approve", "From the desk");
  await stateBecomes(s, "idle");
  expect(await json(z.object({ before: z.int() }), "send", s.slice(0, 6), "edit")).toEqual({ before: 0 });
  await stateBecomes(s, "waiting");
  await json(z.looseObject({}), "deny", s, "--text", "not now");
  await stateBecomes(s, "idle");
  const attached = await world.product.cli("attach", s, "--no-follow", "--json");
  expect(attached.code).toBe(0);
  const items = attached.out
    .trim()
    .split("\n")
    .map((line) => parseJson(line, z.object({ item: z.looseObject({ k: z.string() }) })).item.k);
  expect(items.filter((k) => k === "waitdone")).toHaveLength(2);
  expect(items.filter((k) => k === "turnend")).toHaveLength(2);
  await json(z.looseObject({}), "stop", s);
  await stateBecomes(s, "ended");
  await json(z.looseObject({}), "resume", s);
  await stateBecomes(s, "idle");
  await json(z.looseObject({}), "stop", s);
});

test("attach follows what comes until it is interrupted, and ends with code 0", async () => {
  const project = world.product.newProject();
  const { s } = await json(started, "run", "demo", "--project", project);
  const attach = world.product.spawnCli("attach", s);
  const said: string[] = [];
  if (attach.stdout === null) throw new Error("no stdout");
  createInterface({ input: attach.stdout }).on("line", (line) => said.push(line));
  await json(z.object({ before: z.int() }), "send", s, "stream 3");
  await until("the third line", () => said.includes("line 3"));
  const code = new Promise((done) => attach.once("close", done));
  attach.kill("SIGINT");
  expect(await code).toBe(0);
  await json(z.looseObject({}), "stop", s);
});

test("pair prints the link, then who was paired; devices lists and revokes by name", async () => {
  const pairing = world.product.spawnCli("pair", "--json", "--scope", "operate");
  const said: string[] = [];
  if (pairing.stdout === null) throw new Error("no stdout");
  createInterface({ input: pairing.stdout }).on("line", (line) => said.push(line));
  await until("the link", () => said.length > 0);
  const { url } = parseJson(said[0] ?? "", z.object({ url: z.string(), digits: z.literal(false) }));
  const device = await world.unpaired();
  const end = new Promise((done) => pairing.once("close", done));
  await device.pair(url, "cli phone");
  expect(await end).toBe(0);
  expect(said.at(-1)).toContain('"paired"');
  const devices = z.array(z.object({ name: z.string(), scope: z.string(), state: z.string() }));
  expect(await json(devices, "devices", "list")).toMatchObject([{ name: "cli phone", scope: "operate" }]);
  await json(z.object({ name: z.literal("cli phone") }), "devices", "revoke", "cli phone");
  expect(await json(devices, "devices")).toMatchObject([{ name: "cli phone", state: "revoked" }]);
  await device.waitFor(() => device.view().machines[0]?.refused === "revoked");
});

test("doctor finds git, the relay, the link and the agents", async () => {
  const end = await world.product.cli("doctor", "--json");
  const findings = parseJson(end.out, z.array(z.object({ what: z.string(), ok: z.boolean() })));
  for (const what of ["git", "relay", "link to the Worker", "demo"]) {
    expect(findings).toContainEqual({ what, ok: true });
  }
});

test("trust shows what can start programs and trusts it; before that a session is refused", async () => {
  const project = world.product.newProject();
  mkdirSync(join(project, ".claude"));
  const hooks = { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "./canary" }] }] };
  writeFileSync(join(project, ".claude", "settings.json"), JSON.stringify({ hooks }));
  const refused = await world.product.cli("run", "demo", "--project", project, "--json");
  expect(refused.code).toBe(1);
  expect(parseJson(refused.err, z.object({ code: z.string() })).code).toBe("E_POLICY");
  const unsure = await world.product.cli("trust", project, "--json");
  expect(unsure.code).toBe(1);
  expect(await json(z.object({ trusted: z.boolean() }), "trust", project, "--yes")).toEqual({ trusted: true });
  await json(started, "run", "demo", "--project", project);
});

test("a refusal is one JSON line on stderr with its code and the next step", async () => {
  const end = await world.product.cli("send", "nothing-like-it", "hello", "--json");
  expect(end).toMatchObject({ code: 1, out: "" });
  expect(parseJson(end.err, z.object({ code: z.string(), next: z.string() }))).toEqual({
    code: "E_NOT_FOUND",
    next: expect.stringMatching(/kelpie ls$/),
  });
});

test("a name that fits two sessions is refused and asks for more of the id", async () => {
  for (let count = 0; count < 2; count += 1) {
    const project = world.product.newProject();
    await json(started, "run", "demo", "--project", project, "--title", "Twins");
  }
  const end = await world.product.cli("stop", "Twins", "--json");
  expect(end).toMatchObject({ code: 1, out: "" });
  expect(end.err).toContain("2 match Twins");
});

test("two agents do not write one working tree: the second start names the first session", async () => {
  const project = world.product.newProject();
  await json(started, "run", "demo", "--project", project, "--title", "The first");
  const end = await world.product.cli("run", "demo", "--project", project, "--json");
  const refusal = parseJson(end.err, z.object({ code: z.string(), reason: z.string() }));
  expect(refusal).toEqual({ code: "E_BUSY", reason: expect.stringContaining("The first") });
});
