// What a link is made of, for tests: the relay's real core on a folder of its own, and a socket that only remembers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import {
  parseControl,
  parseFrame,
  randomId,
  relayToHub,
  unpackMessage,
  type AnyFrame,
  type BootId,
  type Bytes,
  type RelayToHub,
} from "../../../schema/index.ts";
import { systemClock, type Clock } from "../../clock.ts";
import { openCore, type Core } from "../../relay.ts";
import { Restorer } from "../../restorer.ts";
import { openStateFolder } from "../../state/state-folder.ts";
import { PairingDesk } from "../../trust/pairing.ts";
import { Api } from "../api.ts";
import { dial, type Socket } from "../dial.ts";
import type { LinkParts } from "../link.ts";

/** Origin of a Worker that nobody runs. */
export const NOWHERE = "http://127.0.0.1:9";

export interface Bench {
  readonly core: Core;
  readonly parts: LinkParts;
  readonly pairing: PairingDesk;
  readonly notes: string[];
  readonly received: Bytes[];
  close(): void;
}

/** A core with a fresh identity. `clock` is the link's; the journal keeps the system's. */
export async function openBench(clock: Clock = systemClock): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-link-"));
  const { uid } = userInfo();
  const state = openStateFolder({ dir: join(folder, "state"), runtimeDir: folder, uid });
  const notes: string[] = [];
  const note = (event: string): void => void notes.push(event);
  const defect = (error: unknown): void => {
    throw error;
  };
  const core = await openCore({ state, clock: systemClock, logFile: { note, defect }, uid });
  const { identity, log, documents, trust } = core;
  const host = { ri: identity.ri, riPublic: identity.riPublic, name: "machine" };
  const pairing = new PairingDesk({ store: trust, host, clock: systemClock, digits: false });
  const received: Bytes[] = [];
  const parts: LinkParts = {
    ...{ identity, log, documents, devices: trust },
    dial: (events) => dial(new Api(NOWHERE, identity), NOWHERE, identity.machine, events),
    ...{ epochs: trust.epochs, keyrings: trust, pairing, boot: randomId<BootId>(), clock, random: () => 0.5, note },
    restoring: new Restorer({
      ...{ db: core.db, clock: systemClock, trust, documents, log, note, sessions: { takenBack: () => undefined } },
      commands: () => ({ recover: () => Promise.resolve(), setBack: () => Promise.resolve() }),
    }),
    commands: {
      receive: async (frame) => {
        received.push(frame);
      },
    },
  };
  const close = (): void => {
    pairing.stop();
    trust.stop();
    core.db.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { core, parts, pairing, notes, received, close };
}

/** Remembers what was sent, parsed. */
export class RecordingSocket implements Socket {
  readonly texts: RelayToHub[] = [];
  readonly frames: AnyFrame[] = [];

  send(message: string | Bytes): void {
    if (typeof message === "string") this.texts.push(parseControl(message, relayToHub));
    else this.frames.push(...unpackMessage(message).map(parseFrame));
  }

  close(): void {
    // Nothing is open.
  }
}
