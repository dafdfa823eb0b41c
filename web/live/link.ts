// The shell around link-state: performs its effects on one socket to one machine's hub. Knows no frame.
import {
  CLOSE,
  hubToDevice,
  isAppError,
  PING,
  PONG,
  parseControl,
  PRODUCT_VERSION,
  ROUTES,
  signChannel,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL,
  type Bytes,
  type DeviceToHub,
  type HubToDevice,
  type MachineId,
} from "../../schema/index.ts";
import type { TokenSource } from "./auth.ts";
import { FIRST_LINK, linkDeadline, nextLink, type LinkEvent, type LinkState } from "./link-state.ts";
import type { IdentityRow } from "./live-store.ts";
import type { PageFacts, Platform, Socket } from "./ports.ts";

/** Messages of the hub that are not the link's own business. */
export type LinkMessage = Extract<HubToDevice, { t: "queued" | "floor" | "err" }>;

export interface LinkListener {
  /** After every change of state. */
  readonly changed: () => void;
  /** The channel is proven; everything may be sent. */
  readonly ready: () => void;
  readonly control: (message: LinkMessage) => void;
  readonly binary: (bytes: Bytes) => void;
  /** The Worker does not know this device (any more). */
  readonly unknown: () => void;
}

interface LinkOptions {
  readonly platform: Platform;
  readonly machine: MachineId;
  readonly identity: IdentityRow;
  readonly tokens: TokenSource;
  readonly listener: LinkListener;
}

/** One machine's connection. Create, `start`, and `stop` when the machine is forgotten. */
export class Link {
  readonly #options: LinkOptions;
  #state: LinkState = FIRST_LINK;
  #socket: Socket | null = null;
  #cancelTimer: (() => void) | null = null;
  #isStopped = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  start(facts: PageFacts): void {
    this.#handle({ type: "page", ...facts });
    if (facts.visible && facts.online) this.#handle({ type: "asked" });
  }

  page(facts: PageFacts): void {
    this.#handle({ type: "page", ...facts });
  }

  /** The person wants it now. */
  ask(): void {
    this.#handle({ type: "asked" });
  }

  /** A new connection in the place of this one: everything is asked again. */
  restart(): void {
    if (this.#socket === null) return;
    this.#drop();
    this.#handle({ type: "closed", code: CLOSE.age });
  }

  /** Closes the socket for good. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#drop();
  }

  send(message: DeviceToHub): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** Dropped before the channel is proven: the hub would close it. */
  sendBinary(message: Bytes): void {
    if (this.#state.phase.status === "online") this.#socket?.send(message);
  }

  #handle(event: LinkEvent): void {
    if (this.#isStopped) return;
    const { clock, random } = this.#options.platform;
    const before = this.#state;
    const { state, effects } = nextLink(before, event, clock.monotonic(), random());
    this.#state = state;
    for (const effect of effects) {
      if (effect === "dial") void this.#dial();
      else if (effect === "drop") this.#drop();
      else if (effect === "ping") this.#socket?.send(PING);
      else this.#options.tokens.forget();
    }
    this.#schedule();
    if (before.phase.status !== state.phase.status || event.type === "ready") this.#options.listener.changed();
  }

  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const deadline = linkDeadline(this.#state);
    if (deadline === null) return;
    const { clock } = this.#options.platform;
    this.#cancelTimer = clock.after(Math.max(0, deadline - clock.monotonic()), () => this.#handle({ type: "tick" }));
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  async #dial(): Promise<void> {
    const { platform, machine, tokens, listener } = this.#options;
    this.#drop();
    const attemptedAt = this.#state.lastAttemptAt;
    const isStale = (): boolean =>
      this.#isStopped || this.#state.lastAttemptAt !== attemptedAt || this.#state.phase.status !== "dialling";
    let token: string;
    try {
      token = await tokens.get();
    } catch (error) {
      if (isAppError(error, "E_GRANT") || isAppError(error, "E_REVOKED")) listener.unknown();
      if (!isStale()) this.#handle({ type: "closed", code: null });
      return;
    }
    if (isStale()) return;
    const url = platform.origin.replace(/^http/, "ws") + ROUTES.socket(machine);
    const socket = platform.dial(url, [SUBPROTOCOL, TOKEN_SUBPROTOCOL + token], {
      opened: () => this.#handle({ type: "opened" }),
      text: (text) => this.#text(text, socket),
      binary: (bytes) => {
        this.#handle({ type: "bytes" });
        listener.binary(bytes);
      },
      closed: (code) => {
        if (this.#socket === socket) this.#socket = null;
        this.#handle({ type: "closed", code });
      },
    });
    this.#socket = socket;
  }

  #text(text: string, socket: Socket): void {
    this.#handle({ type: "bytes" });
    if (text === PONG) return;
    let message: HubToDevice;
    try {
      message = parseControl(text, hubToDevice);
    } catch (error) {
      // A newer hub may say more than we know; a device refuses nothing but ignores it.
      if (isAppError(error)) return;
      throw error;
    }
    switch (message.t) {
      case "hello":
        void this.#prove(message, socket);
        break;
      case "ready":
        this.#ready(message.relay);
        break;
      case "going":
        this.#handle({ type: "going", afterMs: message.afterMs });
        break;
      default:
        this.#options.listener.control(message);
    }
  }

  #ready(relay: "on" | "off"): void {
    const wasOnline = this.#state.phase.status === "online";
    this.#handle({ type: "ready", relay });
    if (!wasOnline && this.#state.phase.status === "online") this.#options.listener.ready();
  }

  async #prove(hello: Extract<HubToDevice, { t: "hello" }>, socket: Socket): Promise<void> {
    const { platform, machine, identity } = this.#options;
    const { nonce, conn } = hello;
    const proof = { nonce, conn, machine, origin: platform.origin, role: "device" } as const;
    const sig = await signChannel(identity.pair.privateKey, proof);
    const message: DeviceToHub = { t: "auth", kid: identity.d, sig, client: `web ${PRODUCT_VERSION}` };
    socket.send(JSON.stringify(message));
  }
}
