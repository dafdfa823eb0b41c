// The whole product as its user starts it: `kelpie up` as a process of its own with a home, a state folder and a project
// of its own, for the tests and the bench that look at it from outside. Nothing of it is left after `dispose`.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseJson, z, type Scope } from "../../schema/index.ts";
import { callRelay } from "../control/control-client.ts";
import { readSettings } from "../state/settings.ts";
import { partsOf } from "../state/state-folder.ts";
import { RELAY_NODE_ARGS } from "./node-args.ts";
import { isAlive, processesOf } from "./processes.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const MAIN = join(ROOT, "relay", "main.ts");
/** A first start builds the Worker and the web app, on a busy machine for this long at most. */
const READY_MS = 120_000;
/** A clean stop ends agents, the Worker and the relay; 5 s of it may be an agent that must be killed. */
const STOP_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** What a test may choose; everything else is a user's first start with the demo agent. */
export interface ProductOptions {
  /** A home of an earlier product, kept by its test; a fresh one by default. */
  readonly home?: string;
  /** Name of the state folder inside the home. */
  readonly stateName?: string;
  /** Further arguments of `up`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds between the demo agent's lines. */
  readonly demoPaceMs?: number;
  /** Start by `npm start --silent`, as a person does, not by node directly. */
  readonly viaNpm?: boolean;
}

const readyLine = z.object({ event: z.literal("ready"), url: z.string(), pair: z.string(), pid: z.int() });
const workerNote = z.object({
  owner: z.object({ pid: z.int() }),
  workerd: z.nullable(z.object({ pid: z.int() })),
});

const journalItem = z.object({ seq: z.int(), item: z.looseObject({ k: z.string() }) });
/** One item of a session with the number of its record. */
export type JournalItem = z.infer<typeof journalItem>;

/** How a command of the command line ended. */
export interface CliEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the product and waits for its ready line. Rejects with everything it said when it ends before that. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const home = options.home ?? realpathSync(mkdtempSync(join(tmpdir(), "kelpie-")));
  const product = new Product(home, options);
  try {
    await product.restart();
  } catch (error) {
    if (options.home === undefined) await product.dispose();
    throw error;
  }
  return product;
}

export class Product {
  readonly home: string;
  readonly stateDir: string;
  /** The registered project: a git repository with one commit. */
  readonly project: string;
  url = "";
  /** The pairing link of the latest start. */
  pair = "";
  /** The relay's process. */
  pid = 0;
  readonly #options: ProductOptions;
  #child: ChildProcess | null = null;
  #out: string[] = [];
  #err: string[] = [];
  #projects = 0;

  constructor(home: string, options: ProductOptions) {
    this.home = home;
    this.#options = options;
    this.stateDir = join(home, options.stateName ?? "state");
    this.project = join(home, "project");
    makeProject(this.project);
  }

  /** Everything written to stdout since the first start, line by line. */
  stdout(): readonly string[] {
    return this.#out;
  }

  /** Everything said and logged since the first start: stdout, stderr, the relay's log. */
  logs(): string {
    const log = readOr(join(this.stateDir, "relay.log"), "");
    return [...this.#out, ...this.#err, log].join("\n");
  }

  /** Stops what runs and starts again on the same folders, with further arguments if given. */
  async restart(args: readonly string[] = []): Promise<void> {
    await this.stop();
    const child = this.#spawn([...(this.#options.args ?? []), ...args]);
    this.#child = child;
    const ready = await this.#ready(child);
    this.url = ready.url;
    this.pair = ready.pair;
    this.pid = ready.pid;
  }

  /** The Worker's own address on this machine, also when devices are told another one. */
  get localUrl(): string {
    const { worker } = readSettings(join(this.stateDir, "settings.json"));
    return worker?.mode === "embedded" ? `http://127.0.0.1:${worker.port}` : this.url;
  }

  /** Path of the control socket. */
  get socket(): string {
    return partsOf(this.stateDir, { dir: this.stateDir, runtimeDir: tmpdir(), uid: userInfo().uid }).socket;
  }

  /** One method of the running relay's control socket. */
  desk(method: string, params: unknown = {}): Promise<unknown> {
    return callRelay(this.socket, method, params);
  }

  /** Every item the relay's journal holds of a session, in order. */
  async items(session: string): Promise<readonly JournalItem[]> {
    const found: JournalItem[] = [];
    const onEvent = (event: unknown): void => void found.push(journalItem.parse(event));
    await callRelay(this.socket, "attach", { session, from: 1, follow: false }, { onEvent });
    return found;
  }

  /** A further pairing link; its pairing stays open until it is used or `signal` aborts. */
  link(options: { readonly scope?: Scope; readonly signal?: AbortSignal } = {}): Promise<string> {
    const { scope = "admin", signal } = options;
    return new Promise((resolve, reject) => {
      const onEvent = (event: unknown): void => {
        const open = z.object({ type: z.literal("open"), url: z.string() }).safeParse(event);
        if (open.success) resolve(open.data.url);
      };
      const call = { onEvent, ...(signal === undefined ? {} : { signal }) };
      // It ends with the pairing; a relay that stops before that is the test's own doing.
      callRelay(this.socket, "pair.open", { scope, shell: true }, call).catch(reject);
    });
  }

  /** A further project folder, registered when a session starts in it. */
  newProject(): string {
    const folder = join(this.home, `project-${++this.#projects}`);
    makeProject(folder);
    return folder;
  }

  /** Asks it to end, as Ctrl-C does, and waits until it has. Idempotent. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await until("the product's end", () => child.exitCode !== null || child.signalCode !== null, STOP_MS);
    }
  }

  /** kill -9 of the relay; resolves when it and the Worker that followed it are gone. Agents may be left. */
  async kill(): Promise<void> {
    const worker = [this.embeddedPid(), this.workerdPid()];
    const child = this.#child;
    this.#child = null;
    process.kill(this.pid, "SIGKILL");
    await until("the relay's death", () => !isAlive(this.pid) && !worker.some(isAlive), STOP_MS);
    if (child !== null)
      await until("its parent's end", () => child.exitCode !== null || child.signalCode !== null, STOP_MS);
  }

  /** The embedded Worker's Node process; 0 when there is none. */
  embeddedPid(): number {
    return this.#workerNote()?.owner.pid ?? 0;
  }

  /** workerd of this moment; 0 when there is none. */
  workerdPid(): number {
    return this.#workerNote()?.workerd?.pid ?? 0;
  }

  /** Processes whose environment or command line names this home, except the given ones. */
  processes(): readonly number[] {
    return processesOf(this.home);
  }

  /** One command of `kelpie` against this state folder, with its end. */
  async cli(...args: readonly string[]): Promise<CliEnd> {
    const child = spawn(process.execPath, [...RELAY_NODE_ARGS, MAIN, ...args], {
      cwd: this.project,
      env: this.#env(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    const code = await new Promise<number | null>((done) => child.once("close", done));
    return { code, ...said };
  }

  /** A running command of `kelpie`, for those that go on until they are ended. */
  spawnCli(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [...RELAY_NODE_ARGS, MAIN, ...args], {
      cwd: this.project,
      env: this.#env(),
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  /** Stops, proves that no process is left, and removes every folder. Throws naming what is left. */
  async dispose(): Promise<void> {
    try {
      await this.stop();
      await until("no process of this home", () => this.processes().length === 0, STOP_MS);
    } finally {
      for (const pid of this.processes()) tryToKill(pid);
      rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  #spawn(args: readonly string[]): ChildProcess {
    const upArgs = ["--json", ...args, this.project];
    const [command, all] = this.#options.viaNpm
      ? ["npm", ["start", "--silent", "--", ...upArgs]]
      : [process.execPath, [...RELAY_NODE_ARGS, MAIN, "up", ...upArgs]];
    const child = spawn(command, all, {
      cwd: this.#options.viaNpm ? ROOT : this.project,
      env: this.#env(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#err.push(text));
    return child;
  }

  #ready(child: ChildProcess): Promise<z.infer<typeof readyLine>> {
    const said = this.#err.length;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`the product ${why}: ${this.#err.slice(said).join("")}`));
      };
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail("was not ready in time");
      }, READY_MS);
      child.once("error", (error) => fail(error.message));
      child.once("close", (code, signal) => fail(`ended (${signal ?? code}) before it was ready`));
      if (child.stdout === null) return fail("has no stdout");
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.#out.push(line);
        clearTimeout(timer);
        if (line.includes('"ready"')) resolve(parseJson(line, readyLine));
      });
    });
  }

  #workerNote(): z.infer<typeof workerNote> | null {
    const text = readOr(join(this.stateDir, "worker", "workerd.pid"), "");
    return text === "" ? null : parseJson(text, workerNote);
  }

  /** A person's environment and nothing of the test run's; no login shell, whose start-up files differ everywhere. */
  #env(): Record<string, string> {
    const { demoPaceMs, env = {} } = this.#options;
    return {
      PATH: [dirname(process.execPath), process.env["PATH"] ?? "/usr/bin:/bin"].join(delimiter),
      HOME: this.home,
      KELPIE_HOME: this.stateDir,
      TMPDIR: tmpdir(),
      LANG: "C.UTF-8",
      // The run looks for processes with its mark afterwards.
      ...(process.env["KELPIE_TEST_RUN"] === undefined ? {} : { KELPIE_TEST_RUN: process.env["KELPIE_TEST_RUN"] }),
      ...(demoPaceMs === undefined ? {} : { KELPIE_DEMO_PACE_MS: String(demoPaceMs) }),
      ...env,
    };
  }
}

/** Makes a git repository with one commit, unless the folder holds something already. */
export function makeProject(folder: string): void {
  if (readdirOr(folder).length > 0) return;
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void => {
    execFileSync("git", ["-C", folder, "-c", "user.name=Test", "-c", "user.email=test@example.test", ...args], {
      stdio: "ignore",
    });
  };
  git("init", "-q", "-b", "main");
  writeFileSync(join(folder, "README.md"), "# A project\n\nTo try things on.\n");
  git("add", ".");
  git("commit", "-q", "-m", "begin");
}

/** Resolves when `holds` does; rejects naming `what` after `withinMs`. For facts of other processes, which tell nobody. */
export async function until(what: string, holds: () => boolean, withinMs = STOP_MS): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${withinMs} ms for ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return otherwise; // not written yet
    throw error;
  }
}

function readdirOr(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return []; // a fresh home
    throw error;
  }
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended between the listing and now, which is what is wanted.
  }
}
