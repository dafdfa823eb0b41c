// S4, S18, S20: what the Worker, the logs and the network may know. Canaries go in on every side and must come out nowhere.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z, rootId } from "../../../schema/index.ts";
import { commandOf as wordsOf, familyOf, listeningPorts } from "../../../relay/house/processes.ts";
import { makeProject } from "../../../relay/house/product.ts";
import type { Device } from "../device.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { memoryHas } from "./process-memory.ts";
import { commandOf, endedTurns, openWait, openWorld, type World } from "./world.ts";

const canary = (what: string): string => `${what}x${randomUUID().replaceAll("-", "")}`;
const WORDS = {
  prompt: canary("prompt"),
  path: canary("path"),
  title: canary("title"),
  output: canary("output"),
  device: canary("device"),
  reason: canary("reason"),
};

let world: World;
let device: Device;
let proxy: CuttableProxy;
const urls: string[] = [];
const links: string[] = [];

beforeAll(async () => {
  world = await openWorld({ demoPaceMs: 2 });
  proxy = await CuttableProxy.to(world.product.url, (request) => urls.push(request));
  links.push(world.product.pair);
  device = await world.device(WORDS.device, { dial: proxy.dial, post: proxy.post });
  const path = join(world.product.home, WORDS.path);
  makeProject(path);
  writeFileSync(join(path, "said.txt"), WORDS.output);
  const { root } = z.object({ root: rootId }).parse(await world.product.desk("project.add", { path }));
  const { machine } = device;
  const prompt = `run cat said.txt\n${WORDS.prompt}`;
  const started = await device.calls.started(
    commandOf(await device.calls.startSession({ machine, root, agent: "demo", title: WORDS.title, prompt })),
  );
  if (!started.ok) throw new Error(started.refusal.code);
  const session = started.data.s;
  await device.watch(session);
  const wait = await device.waitFor(() => openWait(device, session));
  commandOf(await device.calls.answer(wait, { option: "yes", text: WORDS.reason }));
  await device.waitFor(() => endedTurns(device, session).length === 1);
  const shown = JSON.stringify([device.entries(session), device.view()]);
  const unseen = Object.values(WORDS).filter((word) => word !== WORDS.reason && !shown.includes(word));
  if (unseen.length > 0) throw new Error(`the device does not show ${unseen.join()}`);
  const invited = await device.calls.invite(machine, "view", false);
  if (invited.ok) links.push(invited.data.url);
});
afterAll(async () => {
  await proxy.close();
  await world.close();
});

/** Every spelling in which a byte store may hold a word. */
function spellings(word: string): readonly Buffer[] {
  const bytes = Buffer.from(word, "utf8");
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64url");
    // The first and last characters also hold bits of the neighbours.
    return Buffer.from(text.slice(4, -4));
  });
  return [bytes, Buffer.from(word, "utf16le"), Buffer.from(bytes.toString("hex")), ...base64];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : statSync(path).isFile() ? [path] : [];
  });
}

/** Which of the words stand in which of the files. */
function findings(files: readonly string[], words: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const content = readFileSync(file);
    return words
      .filter((word) => spellings(word).some((spelling) => content.includes(spelling)))
      .map((word) => `${word.slice(0, 6)} in ${basename(file)}`);
  });
}

test("S4: no word of a person or an agent is in the Worker's storage, its D1, or any log", () => {
  const { stateDir } = world.product;
  const stored = filesBelow(join(stateDir, "worker"));
  expect(stored.some((file) => file.endsWith(".sqlite"))).toBe(true);
  expect(findings([...stored, join(stateDir, "relay.log")], Object.values(WORDS))).toEqual([]);
  expect(Object.values(WORDS).filter((word) => world.product.logs().includes(word))).toEqual([]);
  // The same search does find what lies open: the machine's own database knows its devices' names.
  const own = filesBelow(stateDir).filter((file) => basename(file).startsWith("relay.db"));
  expect(findings(own, [WORDS.device])).not.toEqual([]);
});

test.runIf(process.getuid?.() === 0)("S4: nor is it in the memory of the Worker's processes", () => {
  for (const pid of [world.product.workerdPid(), world.product.embeddedPid()]) {
    const memory = memoryHas(pid, Object.values(WORDS));
    expect(memory.bytes).toBeGreaterThan(10_000_000);
    expect(memory.found).toEqual([]);
  }
  expect(memoryHas(world.product.pid, [WORDS.title]).found).toEqual([WORDS.title]);
});

test("S18: no secret is in a log, an address, a Referer, an argument or an environment", () => {
  const { stateDir } = world.product;
  const secrets = [...secretsOf(join(stateDir, "settings.json")), ...secretsOf(join(stateDir, "identity.json"))];
  for (const link of links) secrets.push(link.split("#1.")[1]?.split(".")[0] ?? "");
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  const withoutReady = world.product.logs().replace(/^\{"event":"ready".*$/gm, "");
  const processes = familyOf(world.product.pid).map(
    (pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1") + readFileSync(`/proc/${pid}/environ`, "latin1"),
  );
  const requests = urls.join("\n");
  expect(requests).toMatch(/^GET \/v1\/ws\//m);
  expect(requests).toMatch(/^POST \/v1\/pair\//m);
  for (const [place, text] of Object.entries({ logs: withoutReady, requests, processes: processes.join("\n") })) {
    expect(
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${place}: ${secret.slice(0, 4)}`),
    ).toEqual([]);
    expect(text).not.toMatch(/eyJ[\w-]{10,}\.eyJ[\w-]{10,}/);
    expect(Object.values(WORDS).filter((word) => place !== "processes" && text.includes(word))).toEqual([]);
  }
});

test("S20: neither the relay nor a session host nor anything they started, but the Worker, listens on TCP", () => {
  const { product } = world;
  const worker = new Set(familyOf(product.embeddedPid()));
  const family = familyOf(product.pid);
  for (const program of ["demo/agent.ts", "sessions/host/main.ts"]) {
    expect(family.some((each) => wordsOf(each).includes(program))).toBe(true);
  }
  const listening = family.filter((each) => !worker.has(each) && listeningPorts(each).length > 0).map(wordsOf);
  expect(listening).toEqual([]);
  // The same look does see a listener.
  expect(listeningPorts(product.workerdPid())).toContain(Number(new URL(product.url).port));
});

/** Long strings of a file of keys: every value that is a key, a token or a hash of one. */
function secretsOf(file: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string" && /^(d|tokenKey|claimToken)$/.test(key)) found.push(value);
    else if (typeof value === "object" && value !== null) for (const [k, v] of Object.entries(value)) walk(v, k);
  };
  walk(JSON.parse(readFileSync(file, "utf8")), "");
  return found;
}
