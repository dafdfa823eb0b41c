// DA: the one signing key of this browser profile, made at the first pairing and never exported.
import { deviceIdOf, exportPublic, generateSigningPair } from "../../schema/index.ts";
import type { IdentityRow, LiveStore } from "./live-store.ts";

/** The identity, made if there is none. Two tabs that race get the same. */
export async function ensureIdentity(store: LiveStore): Promise<IdentityRow> {
  const held = await store.identity();
  if (held !== null) return held;
  const pair = await generateSigningPair(false);
  const publicKey = await exportPublic(pair.publicKey);
  return store.keepIdentity({ pair, publicKey, d: await deviceIdOf(publicKey) });
}
