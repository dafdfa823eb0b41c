// A network that can swallow: connections stay open and nothing arrives any more, as when a train enters a tunnel.
import { connect, createServer, type Server, type Socket } from "node:net";
import WebSocket from "ws";
import type { Dial, Post } from "../../live/ports.ts";
import { dialWith } from "../../live/socket.ts";

export class CuttableProxy {
  readonly #server: Server;
  readonly #origin: string;
  readonly #sockets = new Set<Socket>();
  readonly #far = new Set<Socket>();
  /** Connections that were open during a cut never carry a byte again. */
  readonly #dead = new WeakSet<Socket>();
  readonly #onRequest: (head: string) => void;
  #isCut = false;
  #bytesPerSecond: number | null = null;

  private constructor(server: Server, origin: string, onRequest: (head: string) => void) {
    this.#server = server;
    this.#origin = origin;
    this.#onRequest = onRequest;
  }

  /** Listens on a free port of loopback; `close` it. `onRequest` hears each request's line and Referer. */
  static async to(origin: string, onRequest: (head: string) => void = () => undefined): Promise<CuttableProxy> {
    const { hostname, port } = new URL(origin);
    const server = createServer({ allowHalfOpen: false });
    const proxy = new CuttableProxy(server, origin, onRequest);
    server.on("connection", (near) => proxy.#join(near, connect(Number(port), hostname)));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return proxy;
  }

  /** From now on nothing passes, neither on open connections nor on new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) this.#dead.add(socket);
  }

  /** Stops reading from the other side: what it sends piles up there, as with a phone that has gone to sleep. */
  stall(): void {
    for (const socket of this.#far) socket.pause();
  }

  /** From now on this much passes a second, on each connection and each way; null = as much as comes. */
  slow(bytesPerSecond: number | null): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** New connections work again. */
  heal(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  readonly dial: Dial = dialWith((url, protocols) => {
    const here = url.replace(this.#origin.replace("http", "ws"), `ws://127.0.0.1:${this.#port}`);
    return new WebSocket(here, protocols, { origin: this.#origin, perMessageDeflate: false });
  });

  readonly post: Post = async (path, contentType, body) => {
    const headers = { "Content-Type": contentType, Origin: this.#origin, Connection: "close" };
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, { method: "POST", headers, body });
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  };

  get #port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("not listening");
    return address.port;
  }

  #join(near: Socket, far: Socket): void {
    near.on("data", (bytes) => this.#report(bytes));
    this.#far.add(far);
    far.on("close", () => this.#far.delete(far));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      if (this.#isCut) this.#dead.add(from);
      from.on("data", (bytes) => {
        if (this.#dead.has(from)) return;
        to.write(bytes);
        this.#brake(from, bytes.length);
      });
      from.on("close", () => {
        this.#sockets.delete(from);
        // In a cut the other end does not even hear of a goodbye.
        if (!this.#dead.has(from)) to.destroy();
      });
      from.on("error", () => undefined); // `close` follows
    }
  }

  #brake(from: Socket, byteCount: number): void {
    if (this.#bytesPerSecond === null) return;
    from.pause();
    setTimeout(() => from.resume(), (byteCount / this.#bytesPerSecond) * 1_000).unref();
  }

  #report(bytes: Buffer): void {
    const text = bytes.toString("latin1");
    const head = /^(GET|POST|DELETE) \S+/.exec(text);
    if (head !== null) this.#onRequest([head[0], ...(/^referer: .*$/im.exec(text) ?? [])].join("\n"));
  }
}
