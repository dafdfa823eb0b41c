// Which key seals what: every derivation below the roots (protocol section 2).
import { kdf, deriveSecret, importSecret, type Secret } from "./crypto.ts";
import { idFromBytes, idToBytes, MACHINE_SESSION, type MachineId, type PairId, type SessionId } from "./ids.ts";
import { NO_SALT } from "./seal.ts";
import type { Bytes } from "./platform.ts";

/** The two keys of one pairwise root P_g. */
export interface PairwiseKeys {
  /** K_cmd: device to relay. */
  readonly cmd: Secret;
  /** K_res: relay to device, results and keyrings. */
  readonly res: Secret;
}

/** K_cmd and K_res of P_g. */
export async function pairwiseKeys(root: Secret): Promise<PairwiseKeys> {
  const [cmd, res] = await Promise.all([deriveSecret(root, NO_SALT, "cmd"), deriveSecret(root, NO_SALT, "res")]);
  return { cmd, res };
}

/** K_s,e of a session, or K_m,e where `session` is the machine itself. */
export function contentKey(epochRoot: Secret, machine: MachineId, session: SessionId): Promise<Secret> {
  if (session === MACHINE_SESSION) return deriveSecret(epochRoot, idToBytes(machine), "mach");
  return deriveSecret(epochRoot, idToBytes(session), "sess");
}

/** What a pairing link's secret S gives. */
export interface PairKeys {
  readonly pid: PairId;
  /** K_p1: device to relay. */
  readonly toRelay: Secret;
  /** K_p2: relay to device. */
  readonly toDevice: Secret;
  /** Salt of P_1. */
  readonly salt: Bytes;
}

/** pid, K_p1, K_p2 and the salt of P_1, from the 32 bytes of S (which are overwritten). */
export async function pairKeys(secretOfLink: Bytes): Promise<PairKeys> {
  const s = await importSecret(secretOfLink);
  const [pid, toRelay, toDevice, salt] = await Promise.all([
    kdf(s, NO_SALT, "pair/id", 16),
    deriveSecret(s, NO_SALT, "pair/1"),
    deriveSecret(s, NO_SALT, "pair/2"),
    kdf(s, NO_SALT, "pair/salt", 32),
  ]);
  return { pid: idFromBytes<PairId>(pid), toRelay, toDevice, salt };
}
