// The network between a device and the Worker, as an HTTP proxy: it can go silent without closing anything, as a lost
// mobile network does, and it can serve a newer version of a file.
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Turns the body of a path into another one, or leaves it (null). */
export type Rewrite = (path: string, body: string) => string | null;

/** Starts a proxy in front of the product at `target`, whatever host the browser names; `close` it. */
export async function openProxy(target: string): Promise<Proxy> {
  const proxy = new Proxy(Number(new URL(target).port));
  await proxy.listen();
  return proxy;
}

export class Proxy {
  readonly #port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #silenced = new WeakSet<Duplex>();
  #isSilent = false;
  #rewrite: Rewrite = () => null;

  constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, answer) => this.#forward(incoming, answer));
    this.#server.on("connect", (_incoming: IncomingMessage, client: Duplex, head: Buffer) => this.#pipe(client, head));
    this.#server.on("connection", (socket: Socket) => this.#keep(socket));
  }

  /** For the browser's proxy setting. */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  listen(): Promise<void> {
    return new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
  }

  /** From now on nothing passes in either direction, and nobody is told. */
  goSilent(): void {
    this.#isSilent = true;
    for (const socket of this.#sockets) this.#silenced.add(socket);
  }

  /** New connections pass again; those of the silence stay dead, as they are after a change of network. */
  heal(): void {
    this.#isSilent = false;
  }

  /** Serves other bodies from now on. */
  rewrite(next: Rewrite): void {
    this.#rewrite = next;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    if (this.#isSilent) this.#silenced.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy()); // a browser that closes a page resets its connections
  }

  // A socket that began in silence never gets a word, not even after it.
  #isDead(socket: Duplex): boolean {
    return this.#silenced.has(socket);
  }

  #pipe(client: Duplex, head: Buffer): void {
    if (this.#isDead(client)) return;
    const server = connect(this.#port, "127.0.0.1");
    this.#keep(server);
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) server.write(head);
    const passOn = (from: Duplex, to: Duplex): void => {
      from.on("data", (chunk: Buffer) => {
        if (!this.#isDead(client)) to.write(chunk);
      });
      from.once("close", () => {
        if (!this.#isDead(client)) to.destroy();
      });
    };
    passOn(client, server);
    passOn(server, client);
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    if (this.#isDead(incoming.socket)) return;
    const url = new URL(incoming.url ?? "/", "http://unnamed.test");
    const onward = request(
      {
        host: "127.0.0.1",
        port: this.#port,
        method: incoming.method,
        path: url.pathname + url.search,
        // Plain bodies, so that one can be turned into another.
        headers: { ...incoming.headers, host: url.host, "accept-encoding": "identity" },
      },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("end", () => {
          if (this.#isDead(incoming.socket)) return;
          const body = Buffer.concat(chunks);
          const other = this.#rewrite(url.pathname, body.toString("utf8"));
          const bytes = other === null ? body : Buffer.from(other);
          const { "transfer-encoding": _chunked, etag: _tag, ...headers } = reply.headers;
          answer.writeHead(reply.statusCode ?? 502, { ...headers, "content-length": bytes.length });
          answer.end(bytes);
        });
      },
    );
    onward.on("error", () => answer.destroy()); // the product is down, and says so by refusing
    incoming.pipe(onward);
  }
}
