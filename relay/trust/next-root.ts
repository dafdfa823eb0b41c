// The relay's half of a rekey: a fresh ephemeral key and the root that follows from it. Holds no state.
import {
  agree,
  exportPublic,
  generateAgreementPair,
  importSecret,
  rekeyRootBytes,
  type Bytes,
} from "../../schema/index.ts";
import type { RekeyRequest } from "./ports.ts";

/** P_g+1 (whoever is done with it overwrites it) and the point to answer with. `root` = P_g, overwritten. */
export async function makeNextRoot(
  root: Bytes,
  { eD, command }: Pick<RekeyRequest, "eD" | "command">,
): Promise<{ readonly eR: Bytes; readonly next: Bytes }> {
  const held = await importSecret(root);
  const pair = await generateAgreementPair(false);
  const eR = await exportPublic(pair.publicKey);
  const next = await rekeyRootBytes(await agree(pair.privateKey, eD), { root: held, command, eR });
  return { eR, next };
}
