// What a session host and its relay say to each other, by lines of JSON over the host's Unix socket. Both are Kelpie, but
// perhaps of different versions: the host outlives an upgrade of the relay. Knows no process and no socket.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { AppError, isErrorCode, parseJson, type WaitAnswer, z } from "../../../schema/index.ts";
import type { CatalogOptions } from "../../agents/catalog.ts";
import type { Environment } from "../../agents/detect.ts";
import type { AgentEvent, OpenOptions, TurnEnd } from "../../agents/driver.ts";

/** Raised when an older side could not follow; a host of another version is ended, as one that is gone. */
export const HOST_PROTOCOL = 1;

/** What a host is given on its stdin, as one line. It is never on a command line, where others could read it. */
export interface HostConfig {
  readonly v: number;
  /** Folder of the event log, for this host alone. */
  readonly dir: string;
  /** Where to listen. */
  readonly socket: string;
  /** Whoever connects must know it. */
  readonly nonce: string;
  readonly agent: string;
  readonly catalog: Omit<CatalogOptions, "now" | "env"> & { readonly env: Environment };
  readonly open: Omit<OpenOptions, "signal" | "log">;
  /** Milliseconds without a relay after which the agent is ended. */
  readonly aloneMs: number;
}

/** A failure on its way between processes. */
export interface Failure {
  readonly code: string;
  readonly data: AppError["data"];
}

/** A line of the event log. */
export type HostEvent =
  | AgentEvent
  /** The agent takes prompts. */
  | { readonly type: "ready"; readonly pid: number }
  /** It could not be opened; the last line. */
  | { readonly type: "unopened"; readonly failure: Failure }
  /** A turn is over; `turn` is the relay's number of it. */
  | { readonly type: "turnend"; readonly turn: number; readonly end: TurnEnd };

/** What the relay asks; each is answered once, by its id. */
export type HostCall =
  /** Starts that turn; nothing when it was started before. */
  | { readonly t: "prompt"; readonly turn: number; readonly blocks: readonly ContentBlock[] }
  | { readonly t: "answer"; readonly key: string; readonly answer: WaitAnswer }
  | { readonly t: "cancel" }
  | { readonly t: "configure"; readonly change: { readonly mode: string } | { readonly model: string } }
  /** Ends agent and host; also while it is being opened. */
  | { readonly t: "close" };

/** The first line of a connection: one that calls, or one that hears the events after offset `from`. */
export type Hello =
  | { readonly t: "calls"; readonly v: number; readonly nonce: string }
  | { readonly t: "events"; readonly v: number; readonly nonce: string; readonly from: number };

export type RelayLine =
  | Hello
  | (HostCall & { readonly id: number })
  /** Everything up to this offset is committed at the relay: the host may forget it. */
  | { readonly t: "taken"; readonly at: number };

/** On a connection that calls. */
export type HostLine =
  | { readonly t: "welcome"; readonly pid: number; readonly turn: number; readonly waits: readonly string[] }
  | { readonly t: "done"; readonly id: number }
  | { readonly t: "failed"; readonly id: number; readonly failure: Failure };

/** On a connection that hears. */
export interface EventLine {
  readonly at: number;
  readonly event: HostEvent;
}

const failure = z.object({ code: z.string(), data: z.custom<Failure["data"]>(isData) });
const relayLine = z.looseObject({ t: z.string() });
const hostEvent = z.union([
  z.looseObject({ type: z.literal("unopened"), failure }),
  z.looseObject({ type: z.string().check(z.refine((type) => type !== "unopened")) }),
]);
const eventLine = z.looseObject({ at: z.int(), event: hostEvent });

function isData(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** A line between the two; E_SCHEMA for any other. The rest of its shape is this file's word: both ends are ours and meet in a 0700 folder. */
export function parseLine<T extends RelayLine | HostLine>(line: string): T {
  return parseJson(
    line,
    z.custom<T>((value) => relayLine.safeParse(value).success),
  );
}

/** A line of the log; E_SCHEMA for any other. */
export function parseEvent(line: string): HostEvent {
  return parseJson(
    line,
    z.custom<HostEvent>((value) => hostEvent.safeParse(value).success),
  );
}

/** A line on a connection that hears; E_SCHEMA for any other. */
export function parseEventLine(line: string): EventLine {
  return parseJson(
    line,
    z.custom<EventLine>((value) => eventLine.safeParse(value).success),
  );
}

/** An error as another process can understand it; a defect keeps its words for the log only. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return { code: error.code, data: { ...error.data } };
  return { code: "E_INTERNAL", data: { reason: error instanceof Error ? error.message : String(error) } };
}

/** The failure as an error again. */
export function errorOf({ code, data }: Failure): AppError {
  return new AppError(isErrorCode(code) ? code : "E_INTERNAL", data);
}
