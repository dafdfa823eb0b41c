// R2 No record is sent before its commit; after kill -9 or power loss at any point, no (session, seq) is ever sent with two
// contents. R14 With an honest Worker, a restored or cloned relay state adopts its own signed records or stops with E_FORK:
// the Worker never stores two contents for one (session, seq). The same holds for documents and keyrings by rev.
import { isFrame, parseFrame, recordHash, type AnyFrame, type Bytes } from "../../../../schema/index.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

/** What names one content for ever; null for frames that name none. */
function nameOf(frame: AnyFrame): string | null {
  switch (frame.name) {
    case "EVT":
      return `record ${frame.header.session} ${frame.header.seq}`;
    case "DOC":
      return `document ${frame.header.session} ${frame.header.doc} ${frame.header.rev}`;
    case "KEYRING":
      return `keyring ${frame.header.d} ${frame.header.rev}`;
    default:
      return null;
  }
}

export class OneContent {
  readonly #world: World;
  readonly #sent = new Map<string, Bytes>();
  readonly #toldByHub = new Map<string, Bytes>();
  #isHubSetBack = false;
  #isRelaySetBack = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** How many records were sent at least once. */
  get records(): number {
    return [...this.#sent.keys()].filter((name) => name.startsWith("record")).length;
  }

  relaySends(frame: AnyFrame): void {
    const name = nameOf(frame);
    if (name === null) return;
    if (frame.name === "EVT") this.#requireCommitted(frame.header.session, frame.header.seq, frame.bytes);
    remember(this.#sent, name, frame.bytes, "R2", "the relay sent");
  }

  hubTells(bytes: Bytes): void {
    // Both at once are what X4 does not claim.
    if (this.#isHubSetBack && this.#isRelaySetBack) return;
    const name = nameOf(parseFrame(bytes));
    if (name !== null) remember(this.#toldByHub, name, bytes, "R14", "the hub stored");
  }

  /** A relay compares heads before it goes on: it never offers another content for what is stored. */
  hubTellsRelay(text: string): void {
    if (text.startsWith('{"t":"err","code":"E_FORK"')) throw new Violation("R14", `the hub refused: ${text}`);
  }

  /** The relay forgot what it had sent and the hub had not stored: that may be said anew (X4, R14). */
  relaySetBack(): void {
    this.#isRelaySetBack = true;
    this.#sent.clear();
  }

  hubSetBack(): void {
    this.#isHubSetBack = true;
  }

  /** What the hub holds in the end: no second content, and every record follows the one before it. */
  async atTheEnd(): Promise<void> {
    if (this.#isHubSetBack && this.#isRelaySetBack) return;
    const { sql } = this.#world.hub.storage;
    const hashes = new Map<string, string>();
    for (const row of sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM rec ORDER BY s, q")) {
      const bytes = new Uint8Array(row.frame);
      this.hubTells(bytes);
      const frame = parseFrame(bytes);
      if (!isFrame(frame, "EVT")) continue;
      const { session, seq, prev } = frame.header;
      const before = hashes.get(`${session} ${seq - 1}`);
      if (before !== undefined && before !== prev) {
        throw new Violation("R14", `record ${session} ${seq} does not follow the one before it at the hub`);
      }
      hashes.set(`${session} ${seq}`, await recordHash(frame.hdr, frame.body));
    }
  }

  #requireCommitted(session: string, seq: number, bytes: Bytes): void {
    const { sqlite } = this.#world.relay;
    const row = sqlite.prepare("SELECT frame FROM rec WHERE s = ? AND q = ?").get(session, seq);
    const frame = row?.["frame"];
    const isKept = !sqlite.isTransaction && frame instanceof Uint8Array && Buffer.compare(frame, bytes) === 0;
    if (!isKept) throw new Violation("R2", `record ${session} ${seq} was sent before its commit`);
  }
}

function remember(known: Map<string, Bytes>, name: string, bytes: Bytes, invariant: string, who: string): void {
  const before = known.get(name);
  if (before === undefined) known.set(name, bytes.slice());
  else if (Buffer.compare(before, bytes) !== 0) throw new Violation(invariant, `${who} two contents of ${name}`);
}
