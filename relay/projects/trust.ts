// Whether a project's list is the one a person trusted, and how it differs. Pure.
import { DOC_BYTES, type RootId, type TrustDoc } from "../../schema/index.ts";
import type { ProgramList } from "./program-files.ts";
import type { Trusted } from "./root-rows.ts";

/** "free": nothing in it can start a program. */
export type TrustState = "free" | "trusted" | "asks";

/**
 * A project is trusted by the digest of its whole list. A worktree of it is trusted too when each of its files was
 * trusted there, with that very content: a new branch has the same settings, but rarely the untracked ones.
 */
export function trustState(list: ProgramList, trusted: Trusted | null, kind: "project" | "worktree"): TrustState {
  if (list.files.length === 0) return "free";
  if (trusted === null) return "asks";
  if (trusted.digest === list.digest) return "trusted";
  const known = new Map(trusted.files.map(({ path, hash }) => [path, hash]));
  const isKnown = list.files.every(({ path, hash }) => known.get(path) === hash);
  return kind === "worktree" && isKnown ? "trusted" : "asks";
}

/** Bytes of texts in one document: it has other fields, and JSON escapes. */
const TEXT_BYTES = DOC_BYTES / 2;

/** The document that shows the list, what changed first; texts that do not fit are cut, saying so. */
export function trustDocOf(root: RootId, list: ProgramList, trusted: Trusted | null): TrustDoc {
  const before = new Map(trusted?.files.map((file) => [file.path, file]) ?? []);
  const now = new Set(list.files.map(({ path }) => path));
  const present = list.files.map(({ path, hash, text }) => {
    const known = before.get(path);
    const change = known === undefined ? "new" : known.hash === hash ? "same" : "changed";
    return { path, change, text } as const;
  });
  const removed = [...before.values()]
    .filter(({ path }) => !now.has(path))
    .map(({ path, text }) => ({ path, change: "removed", text }) as const);
  const files = [...present, ...removed].sort((a, b) => Number(a.change === "same") - Number(b.change === "same"));
  return { root, digest: list.digest, files: fit(files) };
}

function fit(files: TrustDoc["files"]): TrustDoc["files"] {
  let left = TEXT_BYTES;
  return files.map((file) => {
    const bytes = Buffer.byteLength(JSON.stringify(file.text)) + file.path.length;
    if (bytes <= left) {
      left -= bytes;
      return file;
    }
    const text = `${file.text.slice(0, Math.max(0, Math.floor(left / 8)))}\n[cut here: look at the file on the machine]`;
    left = Math.floor(left / 2);
    return { ...file, text };
  });
}
