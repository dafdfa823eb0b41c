// A Worker that lies: the real one, and in front of it somebody who owns every byte. It is the only address that relay
// and devices know. What it does with their words is a strategy; what it stores it can set back.
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket, WebSocketServer } from "ws";
import { isFrame, SUBPROTOCOL, type AnyFrame, type Bytes, type FrameName } from "../../../schema/index.ts";
import { TestWorker } from "../../../worker/test/harness.ts";
import { Line } from "./line.ts";
import type { Direction, Said } from "./wire.ts";

/** One HTTP request as the Worker sees it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Bytes;
}

/** An HTTP answer. */
export interface Answered {
  readonly status: number;
  readonly body: Bytes;
  readonly headers?: IncomingHttpHeaders;
}

/** What a malicious Worker does. Without `onRequest` HTTP passes as it is. */
export interface Strategy {
  readonly name: string;
  /** What is passed on in the place of `said`, in order; nothing withholds it. */
  onMessage(direction: Direction, said: Said, line: Line): readonly Said[];
  /** Answers in the Worker's place; null lets the real one answer. */
  onRequest?(asked: Asked): Answered | null;
  /** Changes what the real one answered. */
  onAnswer?(asked: Asked, answered: Answered): Answered;
}

/** Passes everything: the Worker as it should be. */
export const HONEST: Strategy = { name: "honest", onMessage: (_direction, said) => [said] };

/** Something that passed, as it came, whatever became of it. */
export interface Captured {
  readonly direction: Direction;
  readonly said: Said;
  readonly line: Line;
}

/** Headers that belong to one hop, and the one by which an answer would come compressed. */
const HOP = new Set([
  "connection",
  "upgrade",
  "host",
  "transfer-encoding",
  "keep-alive",
  "content-length",
  "accept-encoding",
]);

/** `start` it for one test file, `stop` it after. */
export class MaliciousWorker {
  readonly real: TestWorker;
  /** Where relay and devices find it, and APP_ORIGIN. */
  readonly origin: string;
  strategy: Strategy = HONEST;
  /** Every frame and text of every socket so far. */
  readonly captured: Captured[] = [];
  /** Every request so far, upgrades included. */
  readonly asked: Asked[] = [];
  readonly #lines = new Set<Line>();
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  private constructor(real: TestWorker, server: Server, origin: string) {
    this.real = real;
    this.#server = server;
    this.origin = origin;
    server.on("request", (incoming, outgoing) => {
      void this.#answer(incoming).then(({ status, body, headers = {} }) =>
        outgoing.writeHead(status, passed(headers)).end(body),
      );
    });
    server.on("upgrade", (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  /** `assetsDir`: the web app that it serves, for browsers. */
  static async start({ assetsDir }: { readonly assetsDir?: string } = {}): Promise<MaliciousWorker> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("not listening");
    const origin = `http://127.0.0.1:${address.port}`;
    const real = new TestWorker(await mkdtemp(join(tmpdir(), "kelpie-malice-")));
    await real.start({ appOrigin: origin, ...(assetsDir === undefined ? {} : { assetsDir }) });
    return new MaliciousWorker(real, server, origin);
  }

  /** Ends every socket, the real Worker and what it stored. */
  async stop(): Promise<void> {
    this.breakLines();
    this.#server.close();
    this.#server.closeAllConnections();
    await this.real.stop();
  }

  /** The open sockets of relays or of devices, newest last. */
  lines(peer: Line["peer"]): readonly Line[] {
    return [...this.#lines].filter((line) => line.peer === peer);
  }

  /** The newest open socket of one relay or device. */
  lineOf(kid: string): Line {
    const line = [...this.#lines].findLast((each) => each.kid === kid);
    if (line === undefined) throw new Error(`${kid} is not connected`);
    return line;
  }

  /** Every connection breaks. */
  breakLines(): void {
    for (const line of this.#lines) line.break();
  }

  /** Frames of one kind that came by one way, in order. */
  frames<N extends FrameName>(direction: Direction, name: N): readonly Extract<AnyFrame, { name: N }>[] {
    return this.captured.flatMap((each) =>
      each.direction === direction && each.said.kind === "frame" && isFrame(each.said.frame, name)
        ? [each.said.frame]
        : [],
    );
  }

  /** A copy of everything the real Worker has stored. Its sockets drop meanwhile. */
  async copyStorage(): Promise<StorageCopy> {
    const folder = await mkdtemp(join(tmpdir(), "kelpie-malice-copy-"));
    await this.real.miniflare.dispose();
    await cp(this.real.folder, folder, { recursive: true });
    await this.real.start();
    return { folder, drop: () => rm(folder, { recursive: true, force: true }) };
  }

  /** Sets the storage back, registry included, as a point-in-time restore does. */
  async setBack(copy: StorageCopy): Promise<void> {
    await this.real.miniflare.dispose();
    await rm(this.real.folder, { recursive: true, force: true });
    await cp(copy.folder, this.real.folder, { recursive: true });
    await this.real.start();
  }

  async #answer(incoming: IncomingMessage): Promise<Answered> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const asked = { ...askedOf(incoming), body: new Uint8Array(Buffer.concat(chunks)) };
    this.asked.push(asked);
    const { strategy } = this;
    const made = strategy.onRequest?.(asked) ?? null;
    if (made !== null) return made;
    const answered = await this.#forward(asked);
    return strategy.onAnswer?.(asked, answered) ?? answered;
  }

  /** 502 while the real one is away. */
  #forward({ method, path, headers, body }: Asked): Promise<Answered> {
    return new Promise((resolve) => {
      const outgoing = request(this.real.url + path, { method, headers: passed(headers), agent: false }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 502,
            body: new Uint8Array(Buffer.concat(parts)),
            headers: answer.headers,
          }),
        );
      });
      outgoing.on("error", () => resolve({ status: 502, body: new Uint8Array(0) }));
      outgoing.end(body);
    });
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.asked.push({ ...askedOf(incoming), body: new Uint8Array(0) });
    socket.on("error", () => undefined); // a peer that hung up meanwhile: its close is all there is to know
    const { authorization, origin, "sec-websocket-protocol": offered = "" } = incoming.headers;
    const upstream = new WebSocket(
      this.real.url.replace("http", "ws") + (incoming.url ?? ""),
      offered.split(",").map((name) => name.trim()),
      {
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          ...(origin === undefined ? {} : { origin }),
        },
        perMessageDeflate: false,
      },
    );
    upstream.on("unexpected-response", (_request, answer) => {
      socket.end(`HTTP/1.1 ${answer.statusCode ?? 502} Refused\r\nConnection: close\r\n\r\n`);
    });
    upstream.on("error", () => socket.destroy());
    upstream.once("open", () => {
      this.#sockets.handleUpgrade(incoming, socket, head, (downstream) => {
        const peer = authorization === undefined ? "device" : "relay";
        const line: Line = new Line(peer, downstream, upstream, {
          pass: (direction, said) => {
            this.captured.push({ direction, said, line });
            return this.strategy.onMessage(direction, said, line);
          },
          closed: () => this.#lines.delete(line),
        });
        this.#lines.add(line);
      });
    });
  }
}

/** What a Worker had stored at one time. */
export interface StorageCopy {
  readonly folder: string;
  drop(): Promise<void>;
}

function askedOf({ method = "GET", url = "/", headers }: IncomingMessage): Omit<Asked, "body"> {
  return { method, path: url, headers };
}

function passed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name)));
}
