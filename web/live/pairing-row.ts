// A pairing under way, as it is kept so that a reload goes on. Erased with PAIR4 or when its time is over.
import type { Bytes, KeyPair, MachineId } from "../../schema/index.ts";

export interface PairingRow {
  readonly machine: MachineId;
  /** S of the link. */
  readonly secret: Bytes;
  readonly deviceName: string;
  readonly startedAt: number;
  /** eD: the private half cannot be exported. */
  readonly agreement: KeyPair;
  readonly agreementPublic: Bytes;
  readonly r: Bytes;
  readonly pair1: Bytes;
  /** Filled once the machine answered; never replaced. */
  readonly answered: { readonly pair2: Bytes; readonly pair3: Bytes } | null;
}
