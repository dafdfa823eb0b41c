// What the relay and the embedded process say to each other: one line in, a few events out. Nothing here is secret by
// itself, but tokenKey and claimHash are, which is why they travel over a pipe and never in arguments or environment.
import { parseJson, z } from "../../schema/index.ts";

const Settings = z.strictObject({
  dataDir: z.string().check(z.minLength(1)),
  host: z.string().check(z.minLength(1)),
  /** 0 takes a free port. */
  port: z.int().check(z.gte(0), z.lte(65535)),
  /** Null when it is the address listened on, whatever port that turns out to be. */
  appOrigin: z.nullable(z.string().check(z.minLength(1))),
  /** B64 of 32 bytes; signs socket tokens. */
  tokenKey: z.string().check(z.minLength(1)),
  /** B64; empty leaves the Worker unclaimed. */
  claimHash: z.string(),
  assetsDir: z.string().check(z.minLength(1)),
  /** Text of the Worker's ES module. */
  workerScript: z.string().check(z.minLength(1)),
});

const EmbeddedEvent = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("ready"),
    url: z.string(),
    port: z.int(),
    appOrigin: z.string(),
    workerdPid: z.int(),
  }),
  /** workerd runs under this pid from now on: at start, and whenever it crashed and was started again. */
  z.object({ event: z.literal("workerd"), pid: z.int() }),
  z.object({
    event: z.literal("error"),
    code: z.enum(["EADDRINUSE", "E_DATA_HELD", "E_DATA_NEWER", "E_DATA_BROKEN", "E_START"]),
    reason: z.string(),
    port: z.optional(z.int()),
    /** Who listens on the port, in words, where the system tells. */
    holder: z.optional(z.string()),
  }),
]);

export type Settings = z.infer<typeof Settings>;
export type EmbeddedEvent = z.infer<typeof EmbeddedEvent>;
export type EmbeddedFailure = Extract<EmbeddedEvent, { event: "error" }>;

/** Reads the one line on stdin; E_SCHEMA when it is not exactly that. */
export function parseSettings(line: string): Settings {
  return parseJson(line, Settings);
}

/** Reads one line of the process's stdout; E_SCHEMA for anything else, which only a defect can write there. */
export function parseEvent(line: string): EmbeddedEvent {
  return parseJson(line, EmbeddedEvent);
}
