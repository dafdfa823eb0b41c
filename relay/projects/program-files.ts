// Which files of a project can start a program in an agent or in git: the list a person trusts or does not (protocol 8).
// Pure: it reads through ProjectFiles and knows no file system.
import { digestOf, hashOf, isAppError, utf8, type Bytes, type Hash } from "../../schema/index.ts";
import { attributesCanStart, configCanStart, hooksPathsOf } from "./git-config.ts";
import { isProgramEnv, withoutEnvValues } from "./env-files.ts";

/** A project as the list sees it: paths with "/", relative to its root; ".git/…" is wherever git keeps that file. */
export interface ProjectFiles {
  /** Content, through links as an agent would read it; null when there is no such readable file. */
  read(path: string): Promise<Bytes | null>;
  /** Files below a folder at any depth, as paths from the root, sorted; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
}

/** One file of the list. */
export interface ProgramFile {
  readonly path: string;
  readonly hash: Hash;
  /** As a person reads it; values of env files are left out. */
  readonly text: string;
}

/** The list, and the digest a person's trust names. */
export interface ProgramList {
  readonly files: readonly ProgramFile[];
  readonly digest: Hash;
  /** Why the list is not whole, in words: then it is never trusted. */
  readonly unfit?: string;
}

/** Files that agents take their settings from: each may hold hooks, MCP servers, environment or base URLs. */
const SETTINGS: readonly string[] = [
  ".claude/settings.json",
  ".claude/settings.local.json",
  ".mcp.json",
  ".gemini/settings.json",
  "opencode.json",
  "opencode.jsonc",
  ".opencode.json",
  "ralph.yml",
  "ralph.yaml",
];
/** Folders of which every file counts: plugins, hooks, rules and commands that run programs. */
const PROGRAM_FOLDERS: readonly string[] = [
  ".claude/hooks",
  ".codex",
  ".gemini/extensions",
  ".gemini/hooks",
  ".gemini/commands",
  ".gemini/policies",
  ".opencode",
];
/** Folders of instructions for claude, of which a file counts when its front matter gives it powers. */
const INSTRUCTION_FOLDERS: readonly string[] = [".claude/agents", ".claude/commands", ".claude/skills"];
const ENV_FILES: readonly string[] = [".env", ".gemini/.env"];

// Spaces of its own line only: a run of blank lines would be walked again from each of them.
const POWERS = /^[^\S\r\n\u2028\u2029]*(hooks|allowed-tools|allowedTools|mcpServers|permissionMode)\s*:/m;
/** A command file runs what stands behind "!" in backticks before the model sees it. */
const RUNS_AT_ONCE = /!`/;

/** Everything in a project that can start a program, by path. Nothing on it: nothing to ask. */
export async function listPrograms(files: ProjectFiles): Promise<ProgramList> {
  try {
    return await listAll(files);
  } catch (error) {
    if (!isAppError(error, "E_SIZE")) throw error;
    const reason = error.data["reason"];
    const unfit = typeof reason === "string" ? reason : error.message;
    const file = { path: ".", hash: await hashOf(utf8(unfit)), text: unfit };
    return { files: [file], digest: await digestOf(JSON.stringify([file.path, file.hash])), unfit };
  }
}

async function listAll(files: ProjectFiles): Promise<ProgramList> {
  const found = await Promise.all([
    gather(files, SETTINGS, isNotBlank),
    ...PROGRAM_FOLDERS.map(async (folder) => gather(files, await files.list(folder), isNotBlank)),
    ...INSTRUCTION_FOLDERS.map(async (folder) => gather(files, await files.list(folder), givesPowers)),
    gather(files, ENV_FILES, isProgramEnv, withoutEnvValues),
    gatherGit(files),
  ]);
  const list = found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: list, digest: await digestOf(JSON.stringify(list.map(({ path, hash }) => [path, hash]))) };
}

async function gatherGit(files: ProjectFiles): Promise<ProgramFile[]> {
  const config = decode(await files.read(".git/config"));
  const hooksPaths = hooksPathsOf(config);
  const hookFolders = hooksPaths.length === 0 ? [".git/hooks"] : hooksPaths.map(relativeFolder);
  const inside = hookFolders.filter((folder) => folder !== null);
  const hooks = (await Promise.all(inside.map((folder) => files.list(folder)))).flat();
  const parts = await Promise.all([
    gather(files, [".git/config", ".git/config.worktree"], configCanStart),
    gather(files, [".gitattributes", ".git/info/attributes"], attributesCanStart),
    // git ships samples that it never runs.
    gather(
      files,
      [...new Set(hooks)].filter((path) => !path.endsWith(".sample")),
      isNotBlank,
    ),
  ]);
  return parts.flat();
}

// By hand: /\/+$/ walks a run of slashes again from each of them.
function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** Null for a folder outside the project: its content is not the project's, and the configuration is listed anyway. */
function relativeFolder(path: string): string | null {
  const clean = withoutEndSlashes(path.replace(/^\.\//, ""));
  return clean.startsWith("/") || clean.startsWith("~") || clean.split("/").includes("..") ? null : clean;
}

async function gather(
  files: ProjectFiles,
  paths: readonly string[],
  counts: (text: string) => boolean,
  show: (text: string) => string = (text) => text,
): Promise<ProgramFile[]> {
  const read = await Promise.all(
    paths.map(async (path): Promise<ProgramFile | null> => {
      const bytes = await files.read(path);
      if (bytes === null) return null;
      const text = decode(bytes);
      return counts(text) ? { path, hash: await hashOf(bytes), text: show(text) } : null;
    }),
  );
  return read.filter((file) => file !== null);
}

function isNotBlank(text: string): boolean {
  return text.trim() !== "";
}

function givesPowers(text: string): boolean {
  const front = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? "";
  return POWERS.test(front) || RUNS_AT_ONCE.test(text);
}

function decode(bytes: Bytes | null): string {
  return bytes === null ? "" : new TextDecoder("utf-8").decode(bytes);
}
