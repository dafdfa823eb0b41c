// The bindings, and the only file that knows their names.
import { fromB64, HASH_BYTES, SECRET_BYTES, type Bytes } from "../schema/index.ts";
import type { Hub } from "./hub/hub-object.ts";

/** What wrangler.toml and the embedded Worker bind. The secrets are absent on a Worker that nobody has set up yet. */
export interface Env {
  readonly DB: D1Database;
  readonly HUB: DurableObjectNamespace<Hub>;
  readonly ASSETS: Fetcher;
  readonly APP_ORIGIN: string;
  readonly TOKEN_KEY?: string;
  readonly CLAIM_HASH?: string;
}

/** The validated settings of a Worker that can be claimed or is. */
export interface Config {
  readonly appOrigin: string;
  /** TK: 32 bytes. */
  readonly tokenKey: Bytes;
  /** H("kelpie1/claim" ‖ T). */
  readonly claimHash: Bytes;
}

/** Null while the Worker is unclaimed: a secret is missing or garbled. Error (a defect of the set-up) for a bad origin. */
export function parseEnv(env: Pick<Env, "APP_ORIGIN" | "TOKEN_KEY" | "CLAIM_HASH">): Config | null {
  if (new URL(env.APP_ORIGIN).origin !== env.APP_ORIGIN) throw new Error("APP_ORIGIN is not an origin");
  const tokenKey = fromB64(env.TOKEN_KEY ?? "");
  const claimHash = fromB64(env.CLAIM_HASH ?? "");
  if (tokenKey?.length !== SECRET_BYTES || claimHash?.length !== HASH_BYTES) return null;
  return { appOrigin: env.APP_ORIGIN, tokenKey, claimHash };
}
