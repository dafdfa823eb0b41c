// The name of a machine's own log for screens, without the validators that schema/ids.ts brings along.
import type { SessionId } from "./model-schema.ts";

/** MACHINE_SESSION: sixteen zero bytes. */
export const MACHINE_LOG = "AAAAAAAAAAAAAAAAAAAAAA" as SessionId;
