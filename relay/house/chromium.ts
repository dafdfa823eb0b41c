// Finds the Chromium that the browser tests drive, and brings one where that needs no question asked.
import { execFile, spawn } from "node:child_process";
import { access, constants, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Arguments for every launch: no sandbox (tests run as root in containers) and nothing that talks to the internet. */
export const CHROMIUM_ARGS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_APPS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * Path of a Chromium to run: `CHROMIUM_PATH`, then PATH, then the usual places of macOS. As root on Debian it installs
 * the distribution's package when there is none and says so in one line on stderr. Elsewhere it throws an `Error` that
 * tells how to get one. Calling it twice is cheap.
 */
export async function findOrInstallChromium(): Promise<string> {
  const found = await findChromium();
  if (found !== undefined) return found;
  if (!(await canInstallOnDebian())) {
    throw new Error(
      "The browser tests need Chromium or Chrome and found none. Install one (macOS: brew install --cask chromium; " +
        "Debian, Ubuntu: sudo apt-get install chromium; Fedora: sudo dnf install chromium) or set CHROMIUM_PATH to it.",
    );
  }
  await installOnDebian();
  const installed = await findChromium();
  if (installed === undefined) throw new Error("apt-get installed chromium, but there is no such command on PATH.");
  return installed;
}

async function findChromium(): Promise<string | undefined> {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    if (await isExecutable(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which cannot be run. Correct it or unset it.`);
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command)));
  for (const path of [...candidates, ...MAC_APPS]) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  // The refusal is the answer; nothing else can be learnt from it.
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function canInstallOnDebian(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID=debian$/m.test(release);
}

async function installOnDebian(): Promise<void> {
  console.error(
    "kelpie: no Chromium found; installing Debian's package for the browser tests (apt-get install chromium)",
  );
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await promisify(execFile)("apt-get", ["update", "-q"], { env, maxBuffer: 64 * 1024 * 1024 });
  await new Promise<void>((resolve, reject) => {
    const args = ["install", "-y", "-q", "--no-install-recommends", "chromium"];
    const install = spawn("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] });
    install.once("error", reject);
    install.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`apt-get install chromium failed (${signal ?? code}). Install it by hand and try again.`));
    });
  });
}

if (import.meta.main) console.log(await findOrInstallChromium());
