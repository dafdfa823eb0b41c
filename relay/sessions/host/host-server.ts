// The Unix socket of a session host: one relay at a time calls and hears. Knows nothing of agents.
import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { LineSplitter } from "../../agents/lines.ts";
import { failpoint } from "../../failpoint.ts";
import type { EventLog } from "./event-log.ts";
import { HOST_LINE_BYTES } from "./host-limits.ts";
import { failureOf, HOST_PROTOCOL, type Hello, type HostCall, type HostLine, parseLine } from "./host-protocol.ts";
import type { SessionHost } from "./session-host.ts";

/** What the server serves. */
export interface HostServerParts {
  readonly socket: string;
  readonly nonce: string;
  readonly pid: number;
  readonly host: SessionHost;
  readonly log: EventLog;
}

type Spoken = Hello | (HostCall & { readonly id: number }) | { readonly t: "taken"; readonly at: number };

/** Listens from `listen` on; `close` ends every connection. */
export class HostServer {
  readonly #parts: HostServerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #caller: Socket | null = null;
  #wake: () => void = () => undefined;

  constructor(parts: HostServerParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    const { socket } = this.#parts;
    rmSync(socket, { force: true });
    this.#server.listen(socket);
    await once(this.#server, "listening");
    // The folder is private already; this is for a socket that lies in a runtime folder of its own.
    chmodSync(socket, 0o600);
    failpoint("host.listening");
  }

  /** Resolves when the relay has everything there is, or none is there. */
  async dismissed(): Promise<void> {
    while (this.#caller !== null && !this.#parts.host.isTaken()) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const splitter = new LineSplitter(HOST_LINE_BYTES);
    let role: Hello["t"] | null = null;
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of splitter.push(chunk)) {
          const spoken = parseLine<Spoken>(line);
          if (role !== null) this.#hear(socket, spoken);
          else role = this.#greet(socket, spoken);
        }
      } catch {
        // Not a relay of ours, or garbage: whoever it is, it gets nothing.
        socket.destroy();
      }
    });
    socket.on("error", () => socket.destroy()); // a relay that was killed; "close" follows
    socket.on("close", () => this.#closed(socket));
  }

  #greet(socket: Socket, hello: Spoken): Hello["t"] {
    if ((hello.t !== "calls" && hello.t !== "events") || !this.#isKnown(hello)) throw new TypeError("no relay of ours");
    const { host, pid, log } = this.#parts;
    if (hello.t === "events") {
      // An offset that is none, or a log that cannot be read: whoever asked is hung up on, the agent goes on.
      this.#send(socket, log, hello.from).catch(() => socket.destroy());
      return hello.t;
    }
    const before = this.#caller;
    this.#caller = socket;
    before?.destroy();
    host.setAlone(false);
    say(socket, { t: "welcome", pid, ...host.facts() });
    return hello.t;
  }

  #isKnown({ v, nonce }: Hello): boolean {
    const [given, own] = [Buffer.from(nonce), Buffer.from(this.#parts.nonce)];
    return v === HOST_PROTOCOL && given.length === own.length && timingSafeEqual(given, own);
  }

  #hear(socket: Socket, spoken: Spoken): void {
    if (socket !== this.#caller || spoken.t === "calls" || spoken.t === "events") return;
    if (spoken.t === "taken") {
      this.#parts.host.taken(spoken.at);
      this.#wake();
      return;
    }
    const { id } = spoken;
    this.#parts.host.call(spoken).then(
      () => say(socket, { t: "done", id }),
      (error: unknown) => say(socket, { t: "failed", id, failure: failureOf(error) }),
    );
  }

  /** Events at the relay's pace: what its socket does not take waits in the log, not in memory. */
  async #send(socket: Socket, log: EventLog, from: number): Promise<void> {
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    for await (const { at, line } of log.follow(from, gone.signal)) {
      // The line is JSON already: it goes as it is.
      failpoint("host.send.before");
      const hasRoom = socket.write(`{"at":${at},"event":${line}}\n`);
      failpoint("host.send.after");
      if (!hasRoom) await drained(socket);
    }
  }

  #closed(socket: Socket): void {
    this.#sockets.delete(socket);
    if (socket !== this.#caller) return;
    this.#caller = null;
    this.#parts.host.setAlone(true);
    this.#wake();
  }
}

function say(socket: Socket, line: HostLine): void {
  if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
}

/** Resolves when there is room again, or nobody to have it. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    if (socket.destroyed) return resolve();
    return void socket.on("drain", done).on("close", done);
  });
}
