// Content keys without a trust store, for tests of the journal alone.
import { contentKey, importSecret, type MachineId, type Secret, type SessionId } from "../../../schema/index.ts";
import type { Epochs } from "../../trust/ports.ts";

/** Epoch e has the root of 32 bytes e. */
export class FixedEpochs implements Epochs {
  readonly #machine: MachineId;
  #current = 1;

  constructor(machine: MachineId) {
    this.#machine = machine;
  }

  current(): number {
    return this.#current;
  }

  has(): boolean {
    return true;
  }

  async key(epoch: number, session: SessionId): Promise<Secret> {
    return contentKey(await importSecret(new Uint8Array(32).fill(epoch)), this.#machine, session);
  }

  rotate(): void {
    this.#current++;
  }
}
