// A second history under the machine's own keys: what a clone of it would have signed.
import { encodePlain, sealFrame, type Frame, type Item } from "../../../schema/index.ts";
import type { Machine } from "./machine.ts";
import type { Strategy } from "./malicious-worker.ts";
import { frameSaid } from "./wire.ts";

const OTHER: readonly Item[] = [{ k: "note", code: "other", text: "another history" }];

/** A second content for a record's place. */
export async function twinOf(machine: Machine, { header }: Frame<"EVT">): Promise<Uint8Array> {
  const { identity, trust } = machine.relay.core;
  const key = await trust.epochs.key(header.epoch, header.session);
  return sealFrame("EVT", header, key, encodePlain("EVT", OTHER), identity.ri);
}

/** Gives one device the twin in the place of the true record. */
export function fork(d: string, { header }: Frame<"EVT">, twin: Uint8Array): Strategy {
  return {
    name: "two histories",
    onMessage: (direction, said, line) => {
      if (direction !== "hub>device" || line.kid !== d || said.kind !== "frame" || said.frame.name !== "EVT")
        return [said];
      const { session, seq } = said.frame.header;
      if (session !== header.session || seq < header.seq) return [said];
      return seq === header.seq ? [frameSaid(twin)] : [];
    },
  };
}
