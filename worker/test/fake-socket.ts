// One WebSocket of a fake peer: everything it heard, and a way to wait for more.
import WebSocket from "ws";
import {
  PING,
  packAll,
  parseFrame,
  unpackMessage,
  type AnyFrame,
  type HubToDevice,
  type HubToRelay,
} from "../../schema/index.ts";

type Heard = HubToRelay | HubToDevice;
type Of<T extends Heard["t"]> = Extract<Heard, { t: T }>;

const PATIENCE_MS = 20_000;

/** An upgrade that was refused. */
export class RefusedUpgrade extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** A connected socket. Whoever opened it calls `close`. */
export class FakeSocket {
  readonly texts: Heard[] = [];
  readonly frames: AnyFrame[] = [];
  /** Sizes of the binary messages, in order. */
  readonly messages: number[] = [];
  bytes = 0;
  closeCode: number | null = null;
  readonly #socket: WebSocket;
  readonly #waiters = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data, isBinary) => this.#hear(data, isBinary));
    socket.on("close", (code) => {
      this.closeCode = code;
      this.#wake();
    });
    socket.on("error", () => undefined);
  }

  /** Rejects with RefusedUpgrade when the server answers with a status. */
  static open(url: string, protocols: readonly string[], headers: Record<string, string>): Promise<FakeSocket> {
    const raw = new WebSocket(url, [...protocols], { headers, perMessageDeflate: false });
    const socket = new FakeSocket(raw);
    return new Promise((resolve, reject) => {
      raw.once("open", () => resolve(socket));
      raw.once("unexpected-response", (_, response) => reject(new RefusedUpgrade(response.statusCode ?? 0)));
      raw.once("error", reject);
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  #hear(data: WebSocket.RawData, isBinary: boolean): void {
    const bytes = new Uint8Array(data instanceof ArrayBuffer ? data : Buffer.concat([data].flat()));
    if (isBinary) {
      this.bytes += bytes.length;
      this.messages.push(bytes.length);
      for (const frame of unpackMessage(bytes)) this.frames.push(parseFrame(frame));
    } else {
      const text = Buffer.from(bytes).toString("utf8");
      if (text !== "pong") this.texts.push(JSON.parse(text));
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  sayRaw(text: string): void {
    this.#socket.send(text);
  }

  ping(): void {
    this.#socket.send(PING);
  }

  /** Sends frames, packed into as few messages as hold them. */
  send(...frames: readonly Uint8Array[]): void {
    for (const message of packAll(frames)) this.#socket.send(message);
  }

  sendRaw(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Stops and resumes reading, as a browser that hangs. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** What `find` finds, now or later. Rejects after PATIENCE_MS, with `what` in words. */
  until<T>(what: string, find: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (isNothing(found) && this.closeCode === null) return;
        this.#waiters.delete(look);
        clearTimeout(timer);
        if (isNothing(found)) reject(new Error(`waited for ${what}; closed ${this.closeCode}`));
        else resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(
          new Error(`waited for ${what}; closed ${this.closeCode}; heard ${JSON.stringify(this.texts).slice(-800)}`),
        );
      }, PATIENCE_MS);
      this.#waiters.add(look);
      look();
    });
  }

  /** The first message of this kind that passes, from now or before. */
  hear<T extends Heard["t"]>(t: T, test: (message: Of<T>) => boolean = () => true): Promise<Of<T>> {
    return this.until(t, () => this.texts.find((each): each is Of<T> => each.t === t && test(each as Of<T>)));
  }

  /** The code the server closes with. */
  closed(): Promise<number> {
    return this.until("the close", () => this.closeCode);
  }

  /** Idempotent; resolves when the socket is gone. */
  async close(): Promise<void> {
    this.#socket.terminate();
    await this.until("the end", () => this.closeCode);
  }
}

function isNothing<T>(found: T | null | undefined | false): found is null | undefined | false {
  return found === null || found === undefined || found === false;
}
