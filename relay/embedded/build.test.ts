import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// A repository of its own with the real build in it: the sources may be broken here without disturbing anybody.
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kelpie-build-"));
  const here = import.meta.dirname;
  for (const folder of ["relay/embedded", "worker/migrations", "schema", "web"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await cp(join(here, "build.ts"), join(root, "relay/embedded/build.ts"));
  await cp(join(here, "bundle.ts"), join(root, "relay/embedded/bundle.ts"));
  await symlink(join(here, "..", "..", "node_modules"), join(root, "node_modules"));
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  await writeFile(join(root, "package-lock.json"), "{}");
  await writeFile(join(root, "schema/index.ts"), "export const word: string = 'schema-word';\n");
  await writeFile(
    join(root, "worker/index.ts"),
    'import { DurableObject } from "cloudflare:workers";\nimport { word } from "../schema/index.ts";\n' +
      "export class Hub extends DurableObject {}\nexport default { fetch: () => new Response(word) };\n",
  );
  await writeFile(join(root, "web/index.html"), '<script type="module" src="/main.ts"></script>\n');
  await writeFile(join(root, "web/main.ts"), "document.title = 'kelpie';\n");
  await writeFile(join(root, "web/vite.config.ts"), "export default {};\n");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test("builds both parts, and nothing while nothing changes", async () => {
  expect(await ensureBuilt()).toMatchObject({ built: ["worker", "web"] });
  expect(await ensureBuilt()).toMatchObject({ built: [] });

  const worker = await readFile(join(root, ".out/worker/index.mjs"), "utf8");
  expect(worker).toContain("schema-word");
  expect(worker).toMatch(/from "cloudflare:workers"/);
  expect(await readdir(join(root, ".out/worker"))).toEqual(["index.mjs"]);
  expect(await readFile(join(root, ".out/web/index.html"), "utf8")).toMatch(/src="\/assets\/index-.+\.js"/);
});

test("builds again exactly what a change is part of", async () => {
  await ensureBuilt();

  await writeFile(join(root, "web/main.ts"), "document.title = 'other';\n");
  expect(await ensureBuilt()).toMatchObject({ built: ["web"] });

  await writeFile(join(root, "schema/index.ts"), "export const word: string = 'other';\n");
  expect(await ensureBuilt()).toMatchObject({ built: ["worker", "web"] });

  await writeFile(join(root, "worker/index.test.ts"), "nothing that is built\n");
  await writeFile(join(root, "worker/migrations/0000_a.sql"), "SELECT 1;\n");
  expect(await ensureBuilt()).toMatchObject({ built: [] });
});

test("names the file of a mistake, keeps the last result, and leaves no half one", async () => {
  await ensureBuilt();
  await writeFile(join(root, "worker/index.ts"), 'import "./missing.ts";\n');

  const { error } = await ensureBuilt();

  expect(error).toContain("building worker failed");
  expect(error).toContain("missing.ts");
  expect(await readFile(join(root, ".out/worker/index.mjs"), "utf8")).toContain("schema-word");
  expect((await readdir(join(root, ".out"))).sort()).toEqual(["web", "web.stamp", "worker", "worker.stamp"]);
});

test("two processes may build at once", async () => {
  const results = await Promise.all([ensureBuilt(), ensureBuilt()]);

  expect(results.map((result) => result.error)).toEqual([undefined, undefined]);
  expect(await ensureBuilt()).toMatchObject({ built: [] });
});

async function ensureBuilt(): Promise<{ built: string[]; error?: string }> {
  const code =
    'import { ensureBuilt } from "./relay/embedded/build.ts"; const built = [];' +
    "try { await ensureBuilt(undefined, (part) => built.push(part)); console.log(JSON.stringify({ built })); }" +
    "catch (error) { console.log(JSON.stringify({ built, error: error.message })); }";
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ["--input-type=module", "-e", code], { cwd: root }, (error, out) => {
      if (error === null) resolve(out);
      else reject(error);
    });
  });
  return JSON.parse(stdout) as { built: string[]; error?: string };
}
