// Rules of keys over time, each taken out in one place, with the test that must then fail. Data only.

/** One rule taken out. */
export interface KeyMutant {
  readonly id: string;
  readonly claim: string;
  /** The file of the rule, and the one place in it. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test that finds it. */
  readonly test: { readonly file: string; readonly name: string };
  /** See Mutant: the test may wait for ever. */
  readonly mayHang?: true;
}

const REKEY = "relay/trust/rekey.test.ts";
const SET_BACK = "relay/commands/set-back.test.ts";
const ADOPTION = "relay/link/adoption.test.ts";
const DEVICE = "relay/proof/keys/rekey.test.ts";
const RESTORED = "relay/proof/keys/restored.test.ts";

/** Every one was tried by hand. */
export const KEY_MUTANTS: readonly KeyMutant[] = [
  {
    id: "rekey-root-ignores-old-root",
    claim: "S25",
    file: "schema/rekey.ts",
    find: 'const salt = await kdf(root, NO_SALT, "rekey", SECRET_BYTES);',
    replace: 'const salt = await kdf(agreed, NO_SALT, "rekey", SECRET_BYTES);',
    test: {
      file: "schema/derivations.test.ts",
      name: "both ends of a rekey agree on the reference's P_g+1, and any other command, point or root gives another",
    },
  },
  {
    id: "rekey-root-ignores-command",
    claim: "S25",
    file: "schema/rekey.ts",
    find: "concat(hashToBytes(command), eR)",
    replace: "concat(hashToBytes(command).fill(0), eR)",
    test: {
      file: "schema/derivations.test.ts",
      name: "both ends of a rekey agree on the reference's P_g+1, and any other command, point or root gives another",
    },
  },
  {
    id: "old-root-stays",
    claim: "S25",
    file: "relay/trust/generation-table.ts",
    find: "UPDATE dev SET root = (SELECT next FROM gen WHERE gen.d = dev.d), g = ?",
    replace: "UPDATE dev SET g = ?",
    test: {
      file: REKEY,
      name: "S25 after rekey and erasure no captured CMD or RES of the old generation opens with all keys of both sides",
    },
  },
  {
    id: "old-root-stays-in-the-log",
    claim: "S25",
    file: "relay/trust/trust-store.ts",
    find: 'type === "revoked" || type === "rekeyed"',
    replace: 'type === "revoked"',
    test: {
      file: REKEY,
      name: "S25 after rekey and erasure no captured CMD or RES of the old generation opens with all keys of both sides",
    },
  },
  {
    id: "old-root-for-ever",
    claim: "S25",
    file: "relay/trust/change.ts",
    find: "return next === null ? Number.POSITIVE_INFINITY : next.at + OLD_ROOT_KEPT_MS;",
    replace: "return next === null ? Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;",
    test: {
      file: REKEY,
      name: "S25 the old root is erased after seven days also when nothing ever came under the new one",
    },
  },
  {
    id: "old-root-gone-too-soon",
    claim: "S25",
    file: "relay/trust/root-keys.ts",
    find: "if (g !== device.g && !isNext) return null;",
    replace: "if (next !== null && !isNext) return null;",
    test: { file: REKEY, name: "S25 both roots count until the first command under the newer one, then only that" },
    mayHang: true,
  },
  {
    id: "window-goes-on",
    claim: "S25",
    file: "relay/commands/pipeline.ts",
    find: "known?.created === device.created && known.g === device.g",
    replace: "known?.created === device.created",
    test: {
      file: REKEY,
      name: "counters and the replay window begin anew with each generation, and what ran does not run again",
    },
  },
  {
    id: "older-rekey-replaces",
    claim: "S25",
    file: "relay/trust/trust-store.ts",
    find: "device.next.ctr > ctr",
    replace: "device.next.ctr > Number.MAX_VALUE",
    test: {
      file: REKEY,
      name: "a rekey repeated by the Worker after a later one does not take the device's new root away",
    },
    mayHang: true,
  },
  {
    id: "device-keeps-old-root",
    claim: "S25",
    file: "web/live/rekey.ts",
    find: "if (isCurrent && this.#row.before !== undefined) this.#then(() => this.#forgetBefore());",
    replace: "",
    test: {
      file: DEVICE,
      name: "S25 after thirty days a device changes its keys, goes on under the new ones, and neither end keeps the old",
    },
  },
  {
    id: "device-never-rekeys",
    claim: "S25",
    file: "web/live/rekey.ts",
    find: "now - (keyedAt ?? pairedAt) >= REKEY_MS",
    replace: "now - (keyedAt ?? pairedAt) >= 2 * REKEY_MS",
    test: {
      file: DEVICE,
      name: "S25 after thirty days a device changes its keys, goes on under the new ones, and neither end keeps the old",
    },
  },
  {
    id: "device-ignores-counters",
    claim: "S25",
    file: "web/live/rekey.ts",
    find: "|| hi >= REKEY_COMMANDS;",
    replace: ";",
    test: { file: DEVICE, name: "S25 so it does after a million counters" },
  },
  {
    id: "device-forgets-half-a-rekey",
    claim: "S25",
    file: "web/live/rekey.ts",
    find: "row: { ...row, rekey: { ctr, agreement, next: null } },",
    replace: "row,",
    test: { file: DEVICE, name: "a page that dies at any moment of a rekey goes on with it in its next life" },
  },
  {
    id: "tab-seals-under-old-keys",
    claim: "S25",
    file: "web/live/memory-store.ts",
    find: "const now = this.#rows.machines.get(m)?.g ?? g;",
    replace: "const now = g;",
    test: { file: DEVICE, name: "a tab that slept through the change of keys sends nothing under the old ones" },
    mayHang: true,
  },
  {
    id: "copy-runs-open-commands",
    claim: "R14",
    file: "relay/commands/pipeline.ts",
    find: 'await this.#conclude((await this.#left(row)).closed, { status: "indeterminate" });',
    replace: "",
    test: {
      file: SET_BACK,
      name: "R14 a command that was open in the copy has an end that nobody knows, and never runs",
    },
  },
  {
    id: "copy-forgets-what-ran",
    claim: "R14",
    file: "relay/commands/pipeline.ts",
    find: "(isUsed(seen, ctr) ? seen : marked(seen, ctr))",
    replace: "(isUsed(seen, ctr) ? seen : seen)",
    test: {
      file: SET_BACK,
      name: "R14 what the records taken back name is over for good, also once the device may ask again",
    },
  },
  {
    id: "copy-takes-any-command",
    claim: "R14",
    file: "relay/commands/pipeline.ts",
    find: '(device.mustRekey && opened.plain?.op !== "device.rekey")',
    replace: "false",
    test: {
      file: SET_BACK,
      name: "R14 a device of the copy has no command taken but device.rekey, and all of them once it has new keys",
    },
  },
  {
    id: "old-agreement-frees",
    claim: "R14",
    file: "relay/trust/change.ts",
    find: "const mustRekey = device.mustRekey && !device.hasAgreed;",
    replace: "const mustRekey = false;",
    test: {
      file: SET_BACK,
      name: "R14 keys agreed before the copy was made do not free a device of the duty to change them",
    },
  },
  {
    id: "held-device-commands",
    claim: "R14",
    file: "relay/commands/pipeline.ts",
    find: 'device.state === "held" || ',
    replace: "",
    test: {
      file: SET_BACK,
      name: "R14 with trust lost a device is held: no command at all, no keyring, until it is confirmed",
    },
    mayHang: true,
  },
  {
    id: "conflict-not-refused",
    claim: "R14",
    file: "relay/link/connection.ts",
    find: "    this.#parts.log.refuse(session);\n",
    replace: "",
    test: {
      file: "relay/link/connection.test.ts",
      name: "R14 a session of which the hub holds other records is stopped, the others go on",
    },
  },
  {
    id: "unknown-epoch-holds-nobody",
    claim: "R14",
    file: "relay/restorer.ts",
    find: "const isTrustLost = lessons.isSealed || heads.grants > mark.grants;",
    replace: "const isTrustLost = false;",
    test: {
      file: RESTORED,
      name: "R14 a folder older than a revoke gives the revoked device no power back: every device is held until it is confirmed",
    },
  },
  {
    id: "epoch-below-one-met",
    claim: "R14",
    file: "relay/trust/epochs.ts",
    find: "Math.max(this.#current, met) + 1",
    replace: "this.#current + 1",
    test: { file: SET_BACK, name: "R14 epochs, keyrings and grants go on above everything that was met" },
  },
  {
    id: "place-is-not-looked-at",
    claim: "R14",
    file: "relay/state/place.ts",
    find: "a.device === b.device && a.inode === b.inode && a.host === b.host",
    replace: "a.device === b.device && a.host === b.host",
    test: {
      file: RESTORED,
      name: "R14 a folder that only moved to another place takes nothing but new keys, and its history is whole",
    },
  },
  {
    id: "ahead-is-a-fork",
    claim: "R14",
    file: "relay/link/connection.ts",
    find: "else if (theirs.seq > own) ahead.push({ session, ...theirs });",
    replace: "else if (theirs.seq > own) this.#fork(session, theirs.seq);",
    test: {
      file: RESTORED,
      name: "R14 a folder that was put back takes its own records back, and nothing ever has two contents",
    },
  },
  {
    id: "lost-sessions-stay-lost",
    claim: "R14",
    file: "relay/link/connection.ts",
    find: "...log.held(), ...stored.keys(), MACHINE_SESSION",
    replace: "...log.held(), MACHINE_SESSION",
    test: {
      file: RESTORED,
      name: "R14 a folder that was put back takes its own records back, and nothing ever has two contents",
    },
  },
  {
    id: "documents-stay-stale",
    claim: "R14",
    file: "relay/journal/documents.ts",
    find: "this.#newestRev = Math.max(this.#newestRev, above);",
    replace: "this.#newestRev = Math.max(this.#newestRev, 0);",
    test: {
      file: "relay/journal/documents.test.ts",
      name: "R14 all documents are published again, above what others hold, under the epoch in force, each with its newest value",
    },
  },
  {
    id: "adopts-unsigned",
    claim: "R14",
    file: "relay/link/adoption.ts",
    find: "|| !(await verifyRecord(frame, own, ri))",
    replace: "",
    test: {
      file: ADOPTION,
      name: "R14 a record that we did not sign, that does not follow, or that ends elsewhere is not taken",
    },
  },
  {
    id: "adopts-unchained",
    claim: "R14",
    file: "relay/link/adoption.ts",
    find: "const follows = header.seq === seq + 1 && header.prev === h;",
    replace: "const follows = header.seq === seq + 1;",
    test: {
      file: ADOPTION,
      name: "R14 a record that follows another history than ours is not taken: both were signed by us",
    },
  },
  {
    id: "adopts-over-a-hole",
    claim: "R14",
    file: "relay/link/adoption.ts",
    find: "mayBegin && proven.length === 0 && header.seq > seq + 1",
    replace: "header.seq > seq + 1",
    test: {
      file: ADOPTION,
      name: "R14 a record that we did not sign, that does not follow, or that ends elsewhere is not taken",
    },
  },
  {
    id: "head-elsewhere-is-taken",
    claim: "R14",
    file: "relay/link/adoption.ts",
    find: "return last.seq === ahead.seq && last.h === ahead.h;",
    replace: "return last.seq === ahead.seq;",
    test: {
      file: ADOPTION,
      name: "R14 a record that we did not sign, that does not follow, or that ends elsewhere is not taken",
    },
  },
  {
    id: "never-gives-up-its-identity",
    claim: "R14",
    file: "relay/link/link-state.ts",
    find: "if (replacedAt.length >= REPLACED_TIMES)",
    replace: "if (replacedAt.length >= 1_000 * REPLACED_TIMES)",
    test: {
      file: "relay/proof/keys/fencing.test.ts",
      name: "R14 of two relays with one identity the older is closed, one stops for good, and no record ever has two contents",
    },
  },
  {
    id: "older-relay-stays",
    claim: "R14",
    file: "worker/hub/handshake.ts",
    find: "if (older !== null) connections.end(older, CLOSE.replaced);",
    replace: "",
    test: {
      file: "relay/proof/keys/fencing.test.ts",
      name: "R14 of two relays with one identity the older is closed, one stops for good, and no record ever has two contents",
    },
  },
  {
    id: "stale-keyring-taken",
    claim: "S24",
    file: "web/live/keyring.ts",
    find: "if (offered.rev <= held.rev) return held;",
    replace: "",
    test: {
      file: "relay/proof/keys/rolled-back.test.ts",
      name: "S24 a Worker set back to an earlier state has no stale keyring or document accepted, and no command runs again",
    },
  },
  {
    id: "revoked-device-heard",
    claim: "S24",
    file: "relay/trust/device-table.ts",
    find: "UPDATE dev SET state = 'revoked', root = NULL, ring = NULL WHERE d = ?",
    replace: "UPDATE dev SET state = 'active' WHERE d = ?",
    test: {
      file: "relay/proof/keys/rolled-back.test.ts",
      name: "S24 a Worker set back to an earlier state has no stale keyring or document accepted, and no command runs again",
    },
  },
];
