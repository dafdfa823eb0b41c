// Which keys of a machine this device holds: takes newer keyrings, and asks for one when something names an epoch it lacks.
import { fromB64, WAKE_TTL_MS, type ArgsOf, type Frame } from "../../schema/index.ts";
import { newerKeyring, readKeyring, type MachineKeys } from "./keyring.ts";
import type { IdentityRow, MachineRow, OutboxEntry } from "./live-store.ts";
import { frameOf, type Outbox } from "./outbox.ts";
import type { Platform } from "./ports.ts";

/** device.hello is asked for an unknown epoch or a newer keyring no more often than this. */
const HELLO_GAP_MS = 30_000;
/** So long a machine that answers with keys this device gave up may take to prove itself live under the newer ones. */
const DOUBT_MS = 10_000;

interface TrustOptions {
  readonly row: MachineRow;
  readonly keys: MachineKeys;
  readonly platform: Platform;
  readonly identity: IdentityRow;
  readonly outbox: () => Outbox;
  readonly hello: (args: ArgsOf<"device.hello">) => Promise<OutboxEntry>;
  /** The machine's own time was proven on this connection. */
  readonly isClockKnown: () => boolean;
  /** Monotonic time of the machine's last proof of life; null before one. */
  readonly provenAt: () => number | null;
  readonly machineNow: () => number;
  /** A newer keyring is in use. */
  readonly adopted: () => void;
  readonly failed: (error: unknown) => void;
}

/** One per machine; holds its row, which changes by newer keyrings and newer roots. */
export class Trust {
  readonly #options: TrustOptions;
  #row: MachineRow;
  #lastHello = -Infinity;
  /** Without a first hello the machine takes nothing else from this device. */
  #isRefusedByClock = false;
  /** Monotonic time of the first keyring for keys that this device gave up; null when one for its own came since. */
  #olderSince: number | null = null;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#row = options.row;
  }

  get row(): MachineRow {
    return this.#row;
  }

  /** Monotonic time at which `isOutdated` may become true without an event; null when it cannot. */
  get doubtAt(): number | null {
    const since = this.#olderSince;
    if (since === null || (this.#options.provenAt() ?? -Infinity) > since) return null;
    return since + DOUBT_MS;
  }

  /**
   * The machine seals to keys that this device gave up, and has not proven itself live since: it went on from a state older
   * than the change of keys. No keyring is signed, so it may as well be a server that plays an old one.
   */
  get isOutdated(): boolean {
    return this.doubtAt !== null && this.doubtAt <= this.#options.platform.clock.monotonic();
  }

  /** The row as it is stored by now: its keys changed, here or in another tab. */
  async rekeyed(row: MachineRow): Promise<void> {
    this.#row = row;
    await this.#options.keys.rekeyed(row);
  }

  /** False for a frame that is no keyring for this device; an older one is true and changes nothing. */
  async receive(frame: Frame<"KEYRING">): Promise<boolean> {
    const { identity, keys, platform, adopted, failed } = this.#options;
    const { m, d, g } = frame.header;
    const res = keys.generation(g)?.res;
    if (res === undefined && g < keys.g && m === this.#row.m && d === identity.d) {
      this.#olderSince ??= platform.clock.monotonic();
    }
    const offered = res === undefined ? null : await readKeyring(frame, { m: this.#row.m, g }, identity, res);
    if (offered === null) return false;
    this.#olderSince = null;
    if (newerKeyring(this.#row.keyring, offered) === this.#row.keyring) return true;
    const change = (row: MachineRow): MachineRow => ({ ...row, keyring: newerKeyring(row.keyring, offered) });
    try {
      this.#row = (await platform.store.changeMachine(this.#row.m, change)) ?? this.#row;
    } catch (error) {
      // What comes next is sealed under it: it is used in this life of the page, and asked for again in the next.
      this.#row = change(this.#row);
      failed(error);
    }
    if (this.#row.g === keys.g) keys.update(this.#row);
    else await keys.rekeyed(this.#row);
    adopted();
    return true;
  }

  /** The machine's clock is known: a hello that carries this device's wrong clock goes again with the right one. */
  async proven(): Promise<void> {
    const { outbox, machineNow } = this.#options;
    const now = machineNow();
    const isOff = ({ exp }: OutboxEntry): boolean => exp < now || exp > now + WAKE_TTL_MS;
    const lost = outbox().entries.filter(
      (entry) => entry.op === "device.hello" && entry.final === null && isOff(entry),
    );
    if (lost.length === 0 && !this.#isRefusedByClock) return;
    this.#isRefusedByClock = false;
    for (const entry of lost) await outbox().remove(entry);
    this.hello({ isUrgent: true });
  }

  /** The result of device.hello carries a fresh keyring; the command is then finished. */
  async welcomed(entry: OutboxEntry): Promise<void> {
    this.#isRefusedByClock = entry.final?.code === "E_EXP_RANGE" || entry.final?.code === "E_EXPIRED";
    const data = entry.final?.data;
    const text = typeof data === "object" && data !== null && "keyring" in data ? data.keyring : null;
    const ring = typeof text === "string" ? frameOf("KEYRING", fromB64(text)) : null;
    if (ring !== null) await this.receive(ring);
    await this.#options.outbox().remove(entry);
    // Until the first hello is done the machine drops everything else unread.
    if (entry.final?.status === "done") await this.#options.outbox().sendAll();
    else if (this.#options.isClockKnown()) await this.proven();
  }

  /** Sends device.hello, one at a time; an urgent one does not wait for the last to be a while ago. */
  hello({ isUrgent }: { readonly isUrgent: boolean } = { isUrgent: false }): void {
    const { platform, outbox, hello, failed } = this.#options;
    const now = platform.clock.monotonic();
    const isPending = outbox().entries.some(({ op, final }) => op === "device.hello" && final === null);
    if (isPending || (!isUrgent && now - this.#lastHello < HELLO_GAP_MS)) return;
    this.#lastHello = now;
    hello({ app: platform.appBuild }).catch(failed);
  }
}
