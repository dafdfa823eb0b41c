// Builds what the embedded Worker runs and serves, unless the last build came from the same sources.
// The bundler runs in a process of its own, so that the hundreds of megabytes it takes leave with it.
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The Worker bundle and the web app. */
export type BuildPart = "worker" | "web";

/** Where the results are; the folders are replaced, never written into. */
export interface Build {
  assetsDir: string;
  workerFile: string;
}

const ROOT = dirname(dirname(import.meta.dirname));
const SOURCES: Record<BuildPart, readonly string[]> = {
  worker: ["worker", "schema", "package-lock.json", "relay/embedded/bundle.ts"],
  web: ["web", "schema", "package-lock.json", "relay/embedded/bundle.ts"],
};
/** More processes than ever build at the same moment. */
const REPLACE_ATTEMPTS = 10;
const IRRELEVANT = /(?:\.test\.tsx?|\.md|\.sql|tsconfig[^/]*\.json)$|^test$|^fixtures$|^migrations$|^node_modules$/;

/**
 * Brings the given parts up to date and says where they are. Idempotent; a call that finds all current takes some
 * 20 ms. Two processes may call it at once: the later result replaces the earlier, whole. `onBuild` hears of each part
 * that is built. Throws an `Error` with the bundler's words when the sources do not build.
 */
export async function ensureBuilt(
  parts: readonly BuildPart[] = ["worker", "web"],
  onBuild: (part: BuildPart) => void = () => undefined,
): Promise<Build> {
  for (const part of parts) {
    const hash = await hashSources(SOURCES[part]);
    const target = join(ROOT, ".out", part);
    const stamp = await readFile(stampOf(target), "utf8").catch(() => "");
    if (stamp === hash) continue;
    onBuild(part);
    await buildPart(part, target, hash);
  }
  return { assetsDir: join(ROOT, ".out", "web"), workerFile: join(ROOT, ".out", "worker", "index.mjs") };
}

// Beside the folder: every file inside the web app's is served.
function stampOf(target: string): string {
  return `${target}.stamp`;
}

async function buildPart(part: BuildPart, target: string, hash: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}-`);
  try {
    const fresh = join(work, "new");
    await bundle(part, fresh);
    await rm(stampOf(target), { force: true });
    await replace(target, fresh, join(work, "old"));
    await writeFile(stampOf(target), hash);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

// A folder cannot be renamed over another one, so it takes two steps, and another process may come between them.
async function replace(target: string, fresh: string, stale: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    // A missing target is the first build; anything else makes the next rename fail and say so.
    await rename(target, `${stale}${attempt}`).catch(() => undefined);
    try {
      await rename(fresh, target);
      return;
    } catch (error) {
      if (attempt === REPLACE_ATTEMPTS) throw error;
    }
  }
}

async function bundle(part: BuildPart, outDir: string): Promise<void> {
  const script = join(import.meta.dirname, "bundle.ts");
  const child = spawn(process.execPath, [script, part, outDir], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`building ${part} failed:\n${Buffer.concat(output).toString("utf8").trim()}`);
}

async function hashSources(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(process.versions.node);
  for (const path of paths) {
    for (const file of await listFiles(path)) {
      hash.update(`\0${file}\0`).update(await readFile(join(ROOT, file)));
    }
  }
  return hash.digest("hex");
}

async function listFiles(path: string): Promise<string[]> {
  if (/\.\w+$/.test(path)) return [path];
  const entries = await readdir(join(ROOT, path), { withFileTypes: true });
  const relevant = entries.filter((entry) => !IRRELEVANT.test(entry.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested: string[][] = [];
  for (const entry of relevant) {
    nested.push(entry.isDirectory() ? await listFiles(`${path}/${entry.name}`) : [`${path}/${entry.name}`]);
  }
  return nested.flat();
}
