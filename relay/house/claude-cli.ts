// The real claude, pinned, in a cache folder: for tests only, not a dependency. And the environment it runs in there.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The version that the recordings were made with; change both together. */
export const CLAUDE_VERSION = "2.1.329";
const PACKAGE = "@anthropic-ai/claude-code";
/** Milliseconds; 361 MB, 6 s on a fast line. */
const INSTALL_TIMEOUT_MS = 600_000;
const VERSION_TIMEOUT_MS = 60_000;

/**
 * The path of claude's binary; installed with npm on first use (then some seconds, and the network). Several callers at
 * once are safe: each installs beside the place and the first to be ready takes it. No install script runs.
 */
export async function installClaude(): Promise<string> {
  const place = join(cacheFolder(), "kelpie", "agents", `claude-${CLAUDE_VERSION}`);
  const found = await findBinary(place);
  if (found !== undefined) return found;
  await mkdir(dirname(place), { recursive: true });
  const fresh = await mkdtemp(`${place}.new-`);
  try {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
    await run("npm", ["install", ...flags, "--prefix", fresh, `${PACKAGE}@${CLAUDE_VERSION}`], {
      cwd: fresh,
      timeout: INSTALL_TIMEOUT_MS,
    });
    const binary = await findBinary(fresh);
    if (binary === undefined) throw new Error(`${PACKAGE} has no program for ${process.platform} ${process.arch}`);
    const { stdout } = await run(binary, ["--version"], { timeout: VERSION_TIMEOUT_MS });
    if (!stdout.startsWith(CLAUDE_VERSION)) throw new Error(`installed another claude: ${stdout}`);
    await takePlace(fresh, place);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const installed = await findBinary(place);
  if (installed === undefined) throw new Error("the installed claude is gone");
  return installed;
}

function cacheFolder(): string {
  return process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
}

/** The platform package's own file: the launcher of the main package would need its install script. */
async function findBinary(place: string): Promise<string | undefined> {
  const scope = join(place, "node_modules", "@anthropic-ai");
  const packages = await readdir(scope).catch(() => []);
  for (const name of packages.filter((each) => each.startsWith(`claude-code-${process.platform}-${process.arch}`))) {
    const binary = join(scope, name, "claude");
    const isFile = await stat(binary).then(
      (facts) => facts.isFile(),
      () => false,
    );
    if (isFile) return binary;
  }
  return undefined;
}

async function takePlace(fresh: string, place: string): Promise<void> {
  try {
    await rename(fresh, place);
  } catch (error) {
    const isTaken =
      error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");
    // Another caller was first (what it installed is the same), or an unfinished folder is in the way.
    if (!isTaken) throw error;
    if ((await findBinary(place)) !== undefined) return;
    await rm(place, { recursive: true, force: true });
    await rename(fresh, place);
  }
}

/**
 * A whole environment for claude below `dir`, which the caller makes and removes: own home, own configuration, own
 * temporary files, no traffic but to `url` (a scripted provider's). The folders are made; `claude` is on its PATH.
 */
export async function claudeTestEnv(dir: string, url: string): Promise<Record<string, string>> {
  const home = join(dir, "home");
  const temporary = join(dir, "tmp");
  await Promise.all([home, temporary].map((folder) => mkdir(folder, { recursive: true })));
  return {
    PATH: [dirname(await installClaude()), process.env["PATH"] ?? "/usr/bin:/bin"].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    CLAUDE_CONFIG_DIR: join(home, ".claude"),
    CLAUDE_CODE_TMPDIR: temporary,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: "scripted",
    DISABLE_TELEMETRY: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    TERM: "dumb",
    TZ: "UTC",
  };
}
