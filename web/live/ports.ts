// What the live core needs of its platform; a worker thread and Node each bring their own.
import type { Bytes, MachineId } from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { LiveStore } from "./live-store.ts";

/** What a socket tells its owner. After `closed`, or after the owner closed it, nothing more comes. */
export interface SocketEvents {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  readonly binary: (bytes: Bytes) => void;
  /** 1006 when the platform cannot say why. */
  readonly closed: (code: number) => void;
}

export interface Socket {
  /** Ignored once the socket is closing. */
  readonly send: (data: string | Bytes) => void;
  /** Orphans the socket at once: no event follows. Idempotent. */
  readonly close: () => void;
}

/** Opens a WebSocket to an absolute address; never throws. */
export type Dial = (url: string, protocols: readonly string[], events: SocketEvents) => Socket;

export interface HttpAnswer {
  readonly status: number;
  readonly body: Bytes;
}

/** One POST to a path of our own origin. Rejects only when there was no answer at all. */
export type Post = (path: string, contentType: string, body: string | Bytes) => Promise<HttpAnswer>;

/** What one tab tells the others of this browser. */
export type TabNote =
  | { readonly note: "outbox"; readonly machine: MachineId }
  | { readonly note: "keys"; readonly machine: MachineId }
  | { readonly note: "machines" }
  | { readonly note: "pairing" };

/** The other tabs. With a single one (Node) both do nothing. */
export interface Tabs {
  readonly tell: (note: TabNote) => void;
  readonly listen: (listener: (note: TabNote) => void) => () => void;
}

export interface Platform {
  /** APP_ORIGIN: also where the API is. */
  readonly origin: string;
  readonly dial: Dial;
  readonly post: Post;
  readonly clock: Clock;
  /** Uniform in [0, 1): jitter only, never a secret. */
  readonly random: () => number;
  readonly store: LiveStore;
  readonly tabs: Tabs;
  /** Hash or name of the loaded app bundle, told in device.hello (at most 64 characters). */
  readonly appBuild: string;
}

/** What only a page can see; the core behaves as if visible and online until told. */
export interface PageFacts {
  readonly visible: boolean;
  readonly online: boolean;
}
