// The rules of the house that a linter does not know: what may import what, names, and who touches the process and the
// clock. Each returns sentences that name the file and the way out.
import { posix } from "node:path";
import type { SourceFile } from "./source-files.ts";

const TOP_LEVEL =
  /^(?:schema|worker|relay|web|docs|\..+)\/$|^(?:\..+|package(?:-lock)?\.json|tsconfig\.json|wrangler\.toml|README\.md|LICENSE)$/;
const BANNED_NAMES = new Set(["utils", "helpers", "common", "misc", "shared", "manager", "service", "types"]);
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const FREE_NAMES = /^(?:README\.md|LICENSE|Dockerfile|_headers|_redirects)$/;
const BARRELS = new Set(["schema/index.ts", "worker/index.ts"]);

/** Test code and the tools around the product: free to touch the process, the clock and each other's entry points. */
const TOOLING =
  /\.test\.tsx?$|(?:^|\/)test\/|^relay\/(?:house|bench|proof)\/|(?:^|\/)[\w-]+\.config\.ts$|^web\/gallery\//;
/** Programs of their own, each with its argv, streams and exit code. */
const ENTRIES = /^relay\/(?:boot\.mjs|(?:.+\/)?main\.ts|embedded\/bundle\.ts|agents\/demo\/agent\.ts)$/;

const PROCESS_USE = /\bprocess\.(?:env|argv|exit|exitCode|on|once|off|cwd|chdir|stdin|stdout|stderr|umask)\b/;
// performance.now() is left alone: it cannot tell what time it is, only how long something took.
const CLOCK_USE = /\bDate\.now\(|\bnew Date\(\)/;
const RANDOM_USE = /\bMath\.random\(/;

/** Breaches of every rule that one file can be checked for. */
export function checkFile(file: SourceFile): string[] {
  return [...checkImports(file), ...checkPlatformUse(file), ...checkSilencers(file)];
}

/** Breaches of the rules about names; `paths` as `listPaths` gives them. */
export function checkNames(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const isTop = posix.dirname(path) === ".";
    if (isTop)
      return TOP_LEVEL.test(path) ? [] : [`${path}: nothing but the four folders and docs/ stands at the top level`];
    if (path.split("/").some((part) => part.startsWith("."))) return [];
    const base = posix.basename(path);
    const parts = base.split(".");
    const [stem = ""] = parts;
    const breaches: string[] = [];
    if (BANNED_NAMES.has(stem)) breaches.push(`${path}: "${stem}" says nothing; name it after its one idea`);
    if (!KEBAB_CASE.test(stem) && !FREE_NAMES.test(base) && isNamedByUs(path))
      breaches.push(`${path}: names are kebab-case`);
    if (/^index\.tsx?$/.test(base) && !BARRELS.has(path))
      breaches.push(`${path}: no barrel files; import the file itself`);
    return breaches;
  });
}

// drizzle-kit and recorded fixtures bring their own names.
function isNamedByUs(path: string): boolean {
  return !path.startsWith("worker/migrations/") && !/\/fixtures\//.test(path);
}

function checkImports(file: SourceFile): string[] {
  return importsOf(file.code).flatMap((specifier) => {
    const problem = specifier.startsWith(".")
      ? wrongNeighbour(file.path, specifier)
      : wrongPackage(file.path, specifier);
    return problem === undefined ? [] : [`${file.path}: imports ${specifier}: ${problem}`];
  });
}

/** Every module that `code` names, in order, once per mention. */
export function importsOf(code: string): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;
  return [...code.matchAll(pattern)].flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));
}

function wrongNeighbour(path: string, specifier: string): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(path), specifier.replace(/\?.*$/, "")));
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to) return undefined;
  if (TOOLING.test(path)) {
    const allowed =
      to === "schema" || target.startsWith("relay/house/") || from === "relay" || target === "package.json";
    return allowed || path.startsWith("web/test/") ? undefined : "tests reach over to schema and relay/house only";
  }
  if (from === "schema") return "schema imports nothing of ours";
  if (to !== "schema") return "import only from schema or the own folder";
  if (target === "schema/index.ts") return undefined;
  if (target === "schema/tables.ts" && from === "worker") return undefined;
  return "schema has one door, schema/index.ts (tables.ts for the Worker)";
}

function folderOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function wrongPackage(path: string, specifier: string): string | undefined {
  if (TOOLING.test(path)) return undefined;
  if (path.startsWith("schema/")) {
    if (specifier === "zod/mini") return undefined;
    if (path === "schema/tables.ts" && specifier.startsWith("drizzle-orm")) return undefined;
    return "schema knows zod/mini only (tables.ts: drizzle)";
  }
  if (/^zod(?:\/|$)/.test(specifier)) return "zod comes from schema, which mends it (schema/zod-checks.ts)";
  if (path.startsWith("web/live/") && /^react(?:-dom)?(?:\/|$)/.test(specifier)) return "live/ has no React";
  const isCore = path.startsWith("worker/hub/") && path !== "worker/hub/hub-object.ts";
  if (isCore && specifier.startsWith("cloudflare:")) return "the hub's rules know no platform; pass it in";
  const isEmbedded = path.startsWith("relay/embedded/");
  if (!isEmbedded && !path.startsWith("web/") && /^(?:miniflare|vite)$/.test(specifier)) {
    return "only relay/embedded runs the Worker";
  }
  return undefined;
}

function checkPlatformUse({ path, code }: SourceFile): string[] {
  if (TOOLING.test(path) || ENTRIES.test(path)) return [];
  const breaches: string[] = [];
  const use = PROCESS_USE.exec(code)?.[0];
  if (use !== undefined && path.startsWith("relay/"))
    breaches.push(`${path}: ${use} belongs into an entry file; pass it in`);
  const clock = CLOCK_USE.exec(code)?.[0];
  if (clock !== undefined && posix.basename(path) !== "clock.ts") {
    breaches.push(`${path}: ${clock} belongs into the folder's clock.ts; pass the time in`);
  }
  if (RANDOM_USE.test(code))
    breaches.push(`${path}: Math.random() is neither secret nor repeatable; pass randomness in`);
  return breaches;
}

function checkSilencers({ path, text, code }: SourceFile): string[] {
  const breaches: string[] = [];
  if (/^\s*\/\/\s*@ts-(?:ignore|nocheck)/m.test(text)) breaches.push(`${path}: the compiler is silenced`);
  if (/(?:^|[;,{})])[ \t]*\/[/*]\s*(?:eslint|oxlint)-disable(?!.* -- )/m.test(text)) {
    breaches.push(`${path}: the linter is silenced without a reason (" -- why")`);
  }
  if (/\bas (?:any|never as)\b|\bas unknown as\b/.test(code) && !TOOLING.test(path)) {
    breaches.push(`${path}: a type is forced; parse the value at the edge instead`);
  }
  return breaches;
}
