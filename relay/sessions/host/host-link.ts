// The relay's end of a session host's socket: calls on one connection, events on another, so that a slow reader of events
// never keeps an answer back. Knows no session.
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { AppError } from "../../../schema/index.ts";
import { LineSplitter } from "../../agents/lines.ts";
import { failpoint } from "../../failpoint.ts";
import { HOST_LINE_BYTES } from "./host-limits.ts";
import {
  errorOf,
  type EventLine,
  HOST_PROTOCOL,
  type HostCall,
  type HostLine,
  parseEventLine,
  parseLine,
} from "./host-protocol.ts";

/** How a host is found. */
export interface HostAddress {
  readonly socket: string;
  readonly nonce: string;
}

export type Welcome = Extract<HostLine, { t: "welcome" }>;

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A connection that calls; made by `connectHost`. */
export class HostCaller {
  readonly welcome: Welcome;
  /** Resolves when the host is gone or has another relay. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #pending: Map<number, Pending>;
  #lastId = 0;

  constructor(socket: Socket, welcome: Welcome, pending: Map<number, Pending>) {
    this.#socket = socket;
    this.welcome = welcome;
    this.#pending = pending;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        for (const { reject } of pending.values()) reject(gone());
        pending.clear();
        resolve();
      });
    });
  }

  /** Resolves when the host has done it; rejects with the driver's refusal, or E_AGENT when the host is gone. */
  call(call: HostCall): Promise<void> {
    if (this.#socket.destroyed) return Promise.reject(gone());
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      failpoint("hosting.call.before");
      this.#socket.write(`${JSON.stringify({ ...call, id })}\n`);
      failpoint("hosting.call.after");
    });
  }

  taken(at: number): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify({ t: "taken", at })}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects to call. Rejects E_OFFLINE when nobody listens there, or who does is no host of ours. */
export async function connectHost({ socket: path, nonce }: HostAddress): Promise<HostCaller> {
  const socket = await connected(path);
  const pending = new Map<number, Pending>();
  const welcomed = Promise.withResolvers<Welcome>();
  readLines(socket, (line) => {
    const said = parseLine<HostLine>(line);
    if (said.t === "welcome") return welcomed.resolve(said);
    const call = pending.get(said.id);
    pending.delete(said.id);
    if (said.t === "done") call?.resolve();
    else call?.reject(errorOf(said.failure));
  });
  socket.once("close", () => welcomed.reject(new AppError("E_OFFLINE", { reason: "the host hung up" })));
  socket.write(`${JSON.stringify({ t: "calls", v: HOST_PROTOCOL, nonce })}\n`);
  return new HostCaller(socket, await welcomed.promise, pending);
}

/** Every event after offset `from`, at the reader's pace; ends when the host hangs up or `signal` aborts. */
export async function* hostEvents(
  { socket: path, nonce }: HostAddress,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<EventLine, void, undefined> {
  const socket = await connected(path);
  const hangUp = (): void => void socket.destroy();
  signal.addEventListener("abort", hangUp, { once: true });
  const splitter = new LineSplitter(HOST_LINE_BYTES);
  try {
    socket.write(`${JSON.stringify({ t: "events", v: HOST_PROTOCOL, nonce, from })}\n`);
    for await (const chunk of socket) {
      for (const line of splitter.push(chunk)) {
        yield parseEventLine(line);
      }
    }
  } catch (error) {
    // A host that was killed, or our own hanging up: what it had written is in its log.
    if (!isHangUp(error)) throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
    socket.destroy();
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new AppError("E_OFFLINE", { reason: "no host listens" }, { cause });
  }
  socket.on("error", () => socket.destroy()); // "close" follows, and tells whoever waits
  return socket;
}

function readLines(socket: Socket, handle: (line: string) => void): void {
  const splitter = new LineSplitter(HOST_LINE_BYTES);
  socket.on("data", (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) handle(line);
  });
}

function isHangUp(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR"].includes(String(error.code));
}

function gone(): AppError {
  return new AppError("E_AGENT", { reason: "ended", text: "The session's host process is gone." });
}
