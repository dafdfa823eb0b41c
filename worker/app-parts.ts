// What routes are given: one named object, so that a test can hand over its own.
import type { Context } from "hono";
import type { Nonces } from "./auth/nonce.ts";
import type { Tokens } from "./auth/token.ts";
import type { Registry } from "./db/registry.ts";
import type { Config } from "./env.ts";
import type { Hubs } from "./hub/hub-client.ts";

/** What every Worker has, claimed or not. */
export interface AppDeps {
  /** Null while the Worker is unclaimed. */
  readonly config: Config | null;
  readonly registry: Registry;
  readonly hubs: Hubs;
  /** The built web app. */
  readonly assets: { fetch(request: Request): Promise<Response> };
  readonly now: () => number;
}

/** What a route of a set-up Worker works with. */
export interface Parts extends AppDeps {
  readonly config: Config;
  readonly nonces: Nonces;
  readonly tokens: Tokens;
}

/** The router's own generic: a route finds its parts in the context. */
export interface AppEnv {
  Variables: { parts: Parts };
}

export type AppContext = Context<AppEnv>;
