// Addresses of screens, both ways. Ids only: nothing a person or an agent wrote is ever part of an address.
import type { MachineId, SessionId } from "../live/model-schema.ts";

/** What an address shows. */
export type Route =
  | { readonly name: "sessions" | "inbox" | "board" | "more" | "start" | "pair" | "lost" }
  | { readonly name: "machine" | "audit"; readonly machine: MachineId }
  | {
      readonly name: "session";
      readonly machine: MachineId;
      readonly session: SessionId;
      readonly tab: "chat" | "info";
    };

/** Addresses without an id. */
export const PATHS = {
  sessions: "/",
  inbox: "/inbox",
  board: "/board",
  more: "/more",
  start: "/new",
  pair: "/pair",
} as const;

/** A session's conversation. */
export function sessionPath(of: { readonly machine: MachineId; readonly session: SessionId }): string {
  return `/session/${of.machine}/${of.session}`;
}

/** A session's facts. */
export function infoPath(of: { readonly machine: MachineId; readonly session: SessionId }): string {
  return `${sessionPath(of)}/info`;
}

/** A machine. */
export function machinePath(machine: MachineId): string {
  return `/machine/${machine}`;
}

/** Everything that was asked of a machine. */
export function auditPath(machine: MachineId): string {
  return `${machinePath(machine)}/audit`;
}

/** What a path shows; `lost` for one that leads nowhere. */
export function routeOf(path: string): Route {
  const [first = "", machine = "", session = "", tab, ...more] = path.split("/").slice(1);
  if (more.length > 0) return LOST;
  if (first === "machine" && tab === undefined && isMachineId(machine)) {
    if (session === "") return { name: "machine", machine };
    return session === "audit" ? { name: "audit", machine } : LOST;
  }
  if (first === "session" && isMachineId(machine) && isSessionId(session)) {
    if (tab === undefined) return { name: "session", machine, session, tab: "chat" };
    return tab === "info" ? { name: "session", machine, session, tab: "info" } : LOST;
  }
  return FIXED.get(path) ?? LOST;
}

const LOST: Route = { name: "lost" };
const FIXED: ReadonlyMap<string, Route> = new Map<string, Route>([
  [PATHS.sessions, { name: "sessions" }],
  [PATHS.inbox, { name: "inbox" }],
  [PATHS.board, { name: "board" }],
  [PATHS.more, { name: "more" }],
  [PATHS.start, { name: "start" }],
  [PATHS.pair, { name: "pair" }],
]);

/** 16 bytes in base64url, as schema/ids.ts writes them. */
const ID = /^[\w-]{22}$/u;

function isMachineId(text: string): text is MachineId {
  return ID.test(text);
}

function isSessionId(text: string): text is SessionId {
  return ID.test(text);
}
