// D1: the registry that routes and authenticates; a projection, never an authority (protocol section 3). Worker only.
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The single row that says who owns this Worker; `claimHash` is the one it was claimed with. */
export const owner = sqliteTable("owner", {
  one: integer("one").primaryKey(),
  claimHash: text("claim_hash").notNull(),
  machine: text("machine").notNull(),
  claimedAt: integer("claimed_at").notNull(),
});

/** Enrolled machines. `ri` and `wi` are 65-byte points as base64url. */
export const machines = sqliteTable("machines", {
  m: text("m").primaryKey(),
  ri: text("ri").notNull(),
  wi: text("wi").notNull(),
  status: text("status").notNull(),
  /** Rev of the newest grants push, which the relay compares in \`heads\`. */
  grantsRev: integer("grants_rev").notNull().default(0),
});

/** Who may connect to a machine's hub, as its relay last said. */
export const grants = sqliteTable(
  "grants",
  {
    kid: text("kid").notNull(),
    m: text("m").notNull(),
    jwk: text("jwk").notNull(),
    role: text("role", { enum: ["device", "viewer"] }).notNull(),
    rev: integer("rev").notNull(),
    exp: integer("exp"),
  },
  (row) => [primaryKey({ columns: [row.kid, row.m] })],
);

/** Hashes of tickets for further machines. */
export const tickets = sqliteTable("tickets", {
  hash: text("hash").primaryKey(),
  exp: integer("exp").notNull(),
});
