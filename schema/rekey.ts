// device.rekey (protocol sections 8 and 10): a device and its machine agree on the next pairwise root. What they said under
// the old one cannot be opened any more once both have erased it.
import { concat } from "./bytes.ts";
import { importSecret, kdf, SECRET_BYTES, type Secret } from "./crypto.ts";
import { hashToBytes, type Hash } from "./ids.ts";
import type { Bytes } from "./platform.ts";
import { NO_SALT } from "./seal.ts";

/** What the next root hangs on besides the agreement: the root before, the very command, and the relay's ephemeral point. */
export interface RekeyInputs {
  /** P_g. */
  readonly root: Secret;
  /** H of the CMD frame that asked for it. */
  readonly command: Hash;
  /** 65 bytes. */
  readonly eR: Uint8Array;
}

/** P_g+1 as bytes, for the relay's database. `agreed` = ECDH(eD, eR). */
export async function rekeyRootBytes(agreed: Secret, { root, command, eR }: RekeyInputs): Promise<Bytes> {
  const salt = await kdf(root, NO_SALT, "rekey", SECRET_BYTES);
  return kdf(agreed, salt, "rekey/root", SECRET_BYTES, concat(hashToBytes(command), eR));
}

/** The same as a key that cannot be read out, for a device. */
export async function rekeyRoot(agreed: Secret, inputs: RekeyInputs): Promise<Secret> {
  return importSecret(await rekeyRootBytes(agreed, inputs));
}
