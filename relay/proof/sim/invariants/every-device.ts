// R1 Every record the relay committed is, after faults stop, on every subscribed client exactly once, in seq order,
// byte-identical. R9 Cursors are monotonic; a client killed at any point resumes with no gap and no duplicate item in the
// view. Documents: every device holds the newest revision of each.
import { MACHINE_SESSION, type SessionId } from "../../../../schema/index.ts";
import type { LogRow } from "../../../../web/live/live-store.ts";
import type { TimelineView } from "../../../../web/live/model.ts";
import type { DeviceHost } from "../device-host.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

/** Virtual ms until a page of records is there, also where a dead wire has yet to be noticed. */
const PAGE_MS = 120_000;
/** And until the newest documents are. */
const CATCH_UP_MS = 120_000;
/** Pages of older records that one session is asked for. */
const PAGES = 12;

export class EveryDevice {
  readonly #world: World;
  readonly #newest = new Map<string, number>();
  /** The relay stopped sessions with E_FORK: what it cannot send, nobody has. */
  #isSetBack = false;

  constructor(world: World) {
    this.#world = world;
  }

  relaySetBack(): void {
    this.#isSetBack = true;
  }

  /** A device has stored records. */
  saved(device: DeviceHost, { s, runs }: LogRow): void {
    const key = `${device.name} ${device.d} ${s}`;
    const newest = runs.at(-1)?.to ?? 0;
    const before = this.#newest.get(key) ?? 0;
    if (newest < before) throw new Violation("R9", `${key} went back from ${before} to ${newest}`);
    this.#newest.set(key, newest);
  }

  shows(device: DeviceHost, { session, entries }: TimelineView): void {
    const keys = entries.map(({ key }) => key);
    if (new Set(keys).size === keys.length) return;
    const twice = keys.find((key, at) => keys.indexOf(key) !== at);
    throw new Violation("R9", `${device.name} shows ${twice} of ${session} twice`);
  }

  async atTheEnd(): Promise<void> {
    if (this.#isSetBack) return;
    const devices = this.#world.devices.filter((device) => this.#world.isTrusted(device));
    for (const device of devices) await this.#requireDocuments(device);
    const sessions = this.#sessions();
    for (const device of devices) {
      for (const { s, q } of sessions) await this.#requireRecords(device, s, q);
    }
  }

  #sessions(): { readonly s: SessionId; readonly q: number }[] {
    const { log } = this.#world.relay.boot ?? {};
    if (log === undefined) throw new Violation("R1", "the relay is not up after all faults stopped");
    // No screen follows the machine's own log.
    const sessions = log.sessions().filter((s) => s !== MACHINE_SESSION);
    return sessions.map((s) => ({ s, q: log.head(s)?.seq ?? 0 }));
  }

  /** Agents may be at work: at some moment soon the device holds all that there is. */
  async #requireDocuments(device: DeviceHost): Promise<void> {
    let lack: string | null = null;
    const holdsAll = async (): Promise<boolean> => (lack = await this.#lackedDocument(device)) === null;
    if (await this.#world.comesTrue(holdsAll, CATCH_UP_MS)) return;
    throw new Violation("R1", `${device.name} ${lack ?? ""}`);
  }

  async #lackedDocument(device: DeviceHost): Promise<string | null> {
    const held = await device.store.documents(this.#world.machine);
    const revs = new Map(held.map(({ session, name, rev }) => [`${session} ${name}`, rev]));
    for (const { s, name, rev } of this.#world.relay.sqlite.prepare("SELECT s, name, rev FROM doc").all()) {
      const own = revs.get(`${String(s)} ${String(name)}`) ?? 0;
      if (own !== rev) return `holds ${String(name)} of ${String(s)} at rev ${own}, not ${String(rev)}`;
    }
    return null;
  }

  async #requireRecords(device: DeviceHost, s: SessionId, head: number): Promise<void> {
    const { machine, relay } = this.#world;
    const tab = device.tabs[0];
    if (tab === undefined) throw new Violation("R1", `${device.name} has no tab`);
    const until = (isThere: (log: LogRow | null) => boolean): Promise<boolean> =>
      this.#world.comesTrue(async () => isThere(await device.store.log(machine, s)), PAGE_MS);
    void tab.core.watch(machine, s);
    await until((log) => (log?.runs.at(-1)?.to ?? 0) >= head);
    for (let page = 0; page < PAGES; page++) {
      const from = (await device.store.log(machine, s))?.runs.at(-1)?.from ?? 1;
      if (from === 1) break;
      void tab.core.loadOlder(machine, s);
      await until((log) => (log?.runs.at(-1)?.from ?? 1) < from);
    }
    tab.core.unwatch(machine, s);
    if (this.#world.violation !== null) return;
    const stored = new Map((await device.store.records(machine, s, 1, head)).map(({ seq, h }) => [seq, h]));
    for (const { q, h } of relay.sqlite
      .prepare("SELECT q, h FROM rec WHERE s = ? AND q <= ? ORDER BY q")
      .all(s, head)) {
      const own = stored.get(Number(q));
      if (own === h) continue;
      const what = own === undefined ? "lacks" : "holds another";
      throw new Violation("R1", `${device.name} ${what} record ${String(q)} of ${head} of ${s}`);
    }
  }
}
