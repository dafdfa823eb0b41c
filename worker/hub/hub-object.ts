// The Durable Object: accepts sockets, restores after sleep, forwards events. What they mean is in hub.ts.
import { DurableObject } from "cloudflare:workers";
import {
  docIdOf,
  ERRORS,
  HEAD_DOC,
  HUB_BYTES,
  isAppError,
  parseJson,
  PING,
  PONG,
  SUBPROTOCOL,
  type Bytes,
} from "../../schema/index.ts";
import { now } from "../clock.ts";
import { Registry } from "../db/registry.ts";
import type { Env } from "../env.ts";
import type { HubSocket } from "./connections.ts";
import { HubRules } from "./hub.ts";
import { OPENING_HEADER } from "./opening-header.ts";
import type { PairAnswer } from "./pairing.ts";
import { opening } from "./socket-state.ts";
import { createTables } from "./storage.ts";

/** RFC 6455: the server met a condition it did not expect. */
const DEFECT = 1011;

/** One machine's hub. Its name, and the Worker's, name the files on disk: neither ever changes. */
export class Hub extends DurableObject<Env> {
  #restored: HubRules | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    // No event is delivered before this is done; a failure breaks the object, and the next event finds a new one.
    void ctx.blockConcurrencyWhile(() => this.#restore());
  }

  async #restore(): Promise<void> {
    const { storage } = this.ctx;
    createTables(storage.sql);
    const registry = new Registry(this.env.DB);
    const deps = {
      now,
      storage,
      replaceGrants: registry.replaceGrants.bind(registry),
      later: (delayMs: number, run: () => void) => void setTimeout(run, delayMs),
      setAlarm: (at: number) => void storage.setAlarm(at),
      budgetBytes: HUB_BYTES,
      log: (event: object) => console.log(event),
    };
    const [alarmAt, headDoc] = await Promise.all([storage.getAlarm(), docIdOf(HEAD_DOC)]);
    const lastPing = (socket: HubSocket): number | null => this.#lastPing(socket);
    this.#restored = new HubRules(deps, { sockets: this.ctx.getWebSockets(), alarmAt, headDoc, lastPing });
  }

  get #rules(): HubRules {
    if (this.#restored === null) throw new Error("event before restore");
    return this.#restored;
  }

  #lastPing(socket: HubSocket): number | null {
    const own = this.ctx.getWebSockets().find((each) => each === socket);
    return own === undefined ? null : (this.ctx.getWebSocketAutoResponseTimestamp(own)?.getTime() ?? null);
  }

  /** The Worker hands over an upgrade whose checks have all passed; nobody else can reach this. */
  override fetch(request: Request): Response {
    const opened = parseJson(request.headers.get(OPENING_HEADER) ?? "", opening);
    try {
      this.#rules.requireRoom(opened);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return Response.json({ code: error.code }, { status: ERRORS[error.code].status });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#rules.accept(server, opened);
    return new Response(null, { status: 101, webSocket: client, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      if (typeof message === "string") await this.#rules.text(socket, message);
      else await this.#rules.binary(socket, new Uint8Array(message));
    } catch (error) {
      console.error({ event: "defect", stack: error instanceof Error ? error.stack : undefined });
      socket.close(DEFECT, "");
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.#rules.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#rules.closed(socket);
  }

  override async alarm(): Promise<void> {
    await this.#rules.alarm();
  }

  /** A pairing post; waits for the relay, at most PAIR_POLL_MS. */
  async pair(frame: Bytes, address: string): Promise<PairAnswer> {
    return this.#rules.pair(frame, address);
  }

  /** Closes every socket: the machine is no longer registered. */
  dismiss(): void {
    this.#rules.dismiss();
  }
}
