/** What boot.mjs gives Node for the relay; tests and bench start it without boot.mjs, and must measure the same thing. */
export const RELAY_NODE_ARGS: readonly string[] = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=1"];
