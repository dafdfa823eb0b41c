// The one door for relay and web: everything but the D1 tables.
export * from "./errors.ts";
export * from "./waits.ts";
