// Items too large for a record: their chunks come from the hub, or from the relay where the hub has evicted them. Every
// chunk is proven by its hash in the signed record.
import {
  BLOB_READ_BYTES,
  concat,
  fromB64,
  fromUtf8,
  hashOf,
  isAppError,
  openFrame,
  parseJson,
  z,
  type Bytes,
  type DeviceToHub,
  type Frame,
  type ItemOf,
  type MachineId,
  type SessionId,
  type UnknownItem,
} from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { MachineKeys } from "./keyring.ts";
import type { LiveCommands } from "./live-commands.ts";

/** A hub that sends no chunk in this time is asked no more; the relay is. */
const CHUNK_WITHIN_MS = 4000;
/** Larger ones are not fetched by themselves: they would fill a phone for one item nobody may look at. */
export const BLOB_SHOWN_BYTES = 4 * 1024 * 1024;

const itemShape = z.looseObject({ k: z.string() });

interface BlobOptions {
  readonly machine: MachineId;
  readonly keys: MachineKeys;
  readonly clock: Clock;
  readonly live: LiveCommands;
  readonly send: (message: DeviceToHub) => void;
}

/** One per machine; a chunk is asked of the hub once and then of the relay. */
export class Blobs {
  readonly #options: BlobOptions;
  readonly #waiting = new Map<string, (frame: Frame<"BLOB">) => void>();

  constructor(options: BlobOptions) {
    this.#options = options;
  }

  /** True when somebody waits for this chunk; whether it is genuine is told by its hash. */
  receive(frame: Frame<"BLOB">): boolean {
    const { bid, idx } = frame.header;
    const take = this.#waiting.get(`${bid}/${idx}`);
    take?.(frame);
    return take !== undefined;
  }

  /** The item that a blob holds; null when it cannot be had now, or is none this version can read. */
  async item(session: SessionId, blob: ItemOf<"blob">): Promise<UnknownItem | null> {
    if (blob.mime !== "application/json" || blob.size > BLOB_SHOWN_BYTES) return null;
    const chunks: Bytes[] = [];
    for (let idx = 0; idx < blob.hashes.length; idx++) {
      const chunk = await this.#fromHub(session, blob, idx);
      if (chunk === null) return this.#fromRelay(session, blob);
      chunks.push(chunk);
    }
    return readItem(concat(...chunks));
  }

  async #fromHub(session: SessionId, { bid, hashes }: ItemOf<"blob">, idx: number): Promise<Bytes | null> {
    const { clock, send, keys, machine } = this.#options;
    const name = `${bid}/${idx}`;
    const frame = await new Promise<Frame<"BLOB"> | null>((resolve) => {
      const cancel = clock.after(CHUNK_WITHIN_MS, () => done(null));
      const done = (found: Frame<"BLOB"> | null): void => {
        cancel();
        // Asked for once more on a new connection, the place is the later one's.
        if (this.#waiting.get(name) === done) this.#waiting.delete(name);
        resolve(found);
      };
      this.#waiting.set(name, done);
      send({ t: "blob", bid, idx });
    });
    if (frame === null || frame.header.m !== machine || frame.header.session !== session) return null;
    const key = keys.content(frame.header.epoch, session);
    const chunk = key === null ? null : await openFrame(frame, await key);
    return chunk !== null && (await hashOf(chunk)) === hashes[idx] ? chunk : null;
  }

  /** In steps of BLOB_READ_BYTES over the sealed channel of results, which needs no further proof. */
  async #fromRelay(s: SessionId, { bid, size }: ItemOf<"blob">): Promise<UnknownItem | null> {
    const parts: Bytes[] = [];
    try {
      for (let idx = 0; idx * BLOB_READ_BYTES < size; idx++) {
        const { data, more } = await this.#options.live.run("blob.get", { s, bid, idx });
        const part = fromB64(data);
        if (part === null) return null;
        parts.push(part);
        if (!more) break;
      }
    } catch (error) {
      // Away or gone: the place stays marked, and opening the session again tries once more.
      if (isAppError(error)) return null;
      throw error;
    }
    return readItem(concat(...parts));
  }
}

function readItem(bytes: Bytes): UnknownItem | null {
  try {
    return parseJson(fromUtf8(bytes) ?? "", itemShape);
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}
