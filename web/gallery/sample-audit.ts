import type { AuditRow } from "../views/machine/audit-words.ts";
import { NOW } from "./sample-sessions.ts";

const done = { word: "Done", state: "done", tone: "done" } as const;
const refused = { word: "Refused", state: "failed", tone: "fail" } as const;

/** Entries of an audit trail, newest first. */
export const AUDIT_ROWS: readonly AuditRow[] = [
  { key: "1", at: NOW, by: null, what: "Pixel 9 answered a question", about: "Paginate the audit log", result: done },
  { key: "2", at: NOW - 900_000, by: "desk", what: "The console added a project", about: "inkwell", result: done },
  { key: "3", at: NOW - 86_400_000, by: null, what: "Pixel 9 revoked a device", about: "E_SCOPE", result: refused },
];
