// Rules of what survives a kill, a full disk, a registry that is away and a deploy.
import type { Mutant } from "./mutant.ts";

const ADOPT = "relay/sessions/adopt.test.ts";
const HOSTED = "relay/sessions/host/hosted.test.ts";
const DEPLOY = "relay/proof/heal/deploy.test.ts";
const KILLED = "R13 killed after any commit of a turn, the agent goes on and its whole output is there once";

export const FAULT_MUTANTS: readonly Mutant[] = [
  {
    id: "r2-told-before-commit",
    claim: "R2",
    rule: "a record is told of when it is committed",
    file: "relay/journal/session-log.ts",
    find: "for (const job of live) storeRecords(db, job, this.#placed);",
    replace: "setTimeout(() => { for (const job of live) storeRecords(db, job, this.#placed); }, 1_000);",
    test: {
      file: "relay/journal/crash.test.ts",
      name: "R2: after kill -9 in a burst every resolved append is there once, the chain is whole, no seq has two contents",
    },
  },
  {
    id: "r2-commit-without-the-disk",
    claim: "R2",
    rule: "a commit is on the disk, not only in its cache",
    file: "relay/journal/database.ts",
    find: "PRAGMA synchronous = FULL;",
    replace: "PRAGMA synchronous = NORMAL;",
    test: {
      file: "relay/journal/database.test.ts",
      name: "R2 is written with every commit on disk and for its owner only",
    },
  },
  {
    id: "r12-host-by-its-pid",
    claim: "R12",
    rule: "a session host is its pid with its start time",
    file: "relay/sessions/host/hosted-driver.ts",
    find: "(await readStartTime(ref.pid)) === ref.start;",
    replace: "(await readStartTime(ref.pid)) !== undefined;",
    test: {
      file: HOSTED,
      name: "R12 a process that only has the pid of a host is not taken for it, nor ended, and the agent is",
    },
  },
  {
    id: "r12-agent-by-its-pid",
    claim: "R12",
    rule: "an agent of an earlier boot is its pid with its start time",
    file: "relay/sessions/leftovers.ts",
    find: "if ((await readStartTime(pid)) !== pidStart) return false;",
    replace: "",
    test: {
      file: "relay/sessions/recovery.test.ts",
      name: "R12 an agent of an earlier boot is ended with its group, but never a process that only has its pid",
    },
  },
  {
    id: "r12-any-nonce",
    claim: "R12",
    rule: "a host speaks with those who know its nonce",
    file: "relay/sessions/host/host-server.ts",
    find: " && given.length === own.length && timingSafeEqual(given, own);",
    replace: " && given.length >= 0 && own.length > 0;",
    test: { file: HOSTED, name: "R12 who does not know its nonce learns and does nothing" },
  },
  {
    id: "r13-offset-apart-from-its-item",
    claim: "R13",
    rule: "how far the host's log was taken is committed with what it brought",
    file: "relay/sessions/session-events.ts",
    find: "items.append(item, () => this.taken(at)).then(committed, onStorageFailed);",
    replace: "items.append(item).then(() => this.taken(at)).then(committed, onStorageFailed);",
    test: { file: ADOPT, name: KILLED },
  },
  {
    id: "r13-read-from-the-start",
    claim: "R13",
    rule: "an agent that is found again is read from where it was taken",
    file: "relay/sessions/sessions.ts",
    find: "from: parts.rows.takenOf(row.s)",
    replace: "from: 0",
    test: { file: ADOPT, name: KILLED },
  },
  {
    id: "r13-host-read-from-the-start",
    claim: "R13",
    rule: "a host tells what follows the offset it is asked for",
    file: "relay/sessions/host/host-server.ts",
    find: "log.follow(from, gone.signal)",
    replace: "log.follow(from * 0, gone.signal)",
    test: {
      file: HOSTED,
      name: "R13 an agent goes on while the relay is gone, and the next relay hears the rest of the turn once, from its offset on",
    },
  },
  ...heal("device", "web/live/reconnect.ts", {
    jitter: ["random * rangeMs(retry)", "rangeMs(retry)"],
    gap: ["Math.max(wish, gap, 0)", "Math.max(wish, 0)"],
    spread: ["BACKOFF_SPREAD_MS : BACKOFF_FIRST_MS", "BACKOFF_MAX_MS : BACKOFF_FIRST_MS"],
  }),
  ...heal("relay", "relay/link/backoff.ts", {
    jitter: ["failure.random * spreadMs(failure)", "spreadMs(failure)"],
    gap: [
      "Math.max(earliest, failure.now + failure.random * spreadMs(failure))",
      "Math.max(0, failure.now + failure.random * spreadMs(failure))",
    ],
    spread: ["BACKOFF_SPREAD_MS : BACKOFF_FIRST_MS", "BACKOFF_MAX_MS : BACKOFF_FIRST_MS"],
  }),
  {
    id: "r17-registry-away-is-empty",
    claim: "R17",
    rule: "a registry that is away is not taken for an empty one",
    file: "worker/db/registry.ts",
    find: "from(machines).where(eq(machines.m, m)).get();",
    replace: "from(machines).where(eq(machines.m, m)).get().catch(() => undefined);",
    test: {
      file: "worker/outage.test.ts",
      name: "R17 without the registry nobody new gets in, by whatever they hold, and the answer tells nothing",
    },
  },
  {
    id: "r17-full-disk-is-a-defect",
    claim: "R17",
    rule: "a full disk is told from a defect",
    file: "relay/journal/database.ts",
    find: '  [13, "the disk is full"],\n',
    replace: "",
    test: {
      file: "relay/journal/database.test.ts",
      name: "R17 answers E_DISK on a full disk, keeps what was committed and nothing of the rest",
    },
  },
  {
    id: "r17-full-disk-ends-the-log",
    claim: "R17",
    rule: "a log that cannot be written ends nothing",
    file: "relay/log-file.ts",
    find: '  file.on("error", () => undefined);\n',
    replace: "",
    test: { file: "relay/log-file.test.ts", name: "R17 a disk that is full ends the log's lines, not the relay" },
  },
  {
    id: "r17-starts-on-a-full-disk",
    claim: "R17",
    rule: "no session is started on a disk that is all but full",
    file: "relay/sessions/sessions.ts",
    find: "    await this.#requireDisk();\n    this.#requireRoom();\n    // Before a worktree",
    replace: "    this.#requireRoom();\n    // Before a worktree",
    test: { file: "relay/sessions/sessions.test.ts", name: "R17 a full disk refuses new sessions with E_DISK" },
  },
  {
    id: "r6-token-request-holds-up",
    claim: "R6",
    rule: "a token request that the network swallowed is left to itself",
    file: "web/live/auth.ts",
    find: "this.#asking !== null && now - this.#asking.since < ANSWER_WITHIN_MS",
    replace: "this.#asking !== null",
    test: {
      file: "web/live/auth.test.ts",
      name: "R6 a request that the network swallowed does not hold up the next one, and what is under way is shared",
    },
    mayHang: true,
  },
  {
    id: "r9-put-back-says-twice",
    claim: "R9",
    rule: "what the Worker has already is not said again after a folder was put back",
    file: "relay/told.ts",
    find: "return name !== null && this.#said.has(name);",
    replace: "return false;",
    test: {
      file: "relay/journal/session-log.test.ts",
      name: "R9 R12 what waits and was said by records taken back meanwhile is not said again; the rest keeps its place",
    },
  },
  {
    id: "r9-put-back-says-a-taken-prompt",
    claim: "R9",
    rule: "a prompt that the Worker knows as taken is not told of again",
    file: "relay/told.ts",
    find: 'if (of !== "desk") this.#left.add(of.join("."));',
    replace: "",
    test: {
      file: "relay/told.test.ts",
      name: "R9 a prompt whose turn, or whose withdrawal, was taken back is not told of again; another is",
    },
  },
  {
    id: "r15-dropped-is-stored",
    claim: "R15",
    rule: "what the hub has dropped is no longer called stored",
    file: "web/live/machine-control.ts",
    find: '      if (message.code === "E_EXPIRED") await outbox.dropped(g, ctr);\n',
    replace: "",
    test: {
      file: "web/live/outbox-order.test.ts",
      name: "R15: what the hub has dropped is no longer said to be stored, and is offered again",
    },
  },
  {
    id: "r15-refused-is-passed",
    claim: "R15",
    rule: "what is said after a refusal waits behind what was refused",
    file: "web/live/outbox.ts",
    find: "this.#isLevel && !this.#isRefused && ",
    replace: "this.#isLevel && ",
    test: {
      file: "web/live/outbox-order.test.ts",
      name: "R15: what the hub refused is offered again in order, and what is said meanwhile follows it",
    },
  },
  {
    id: "r17-full-disk-ends-a-host",
    claim: "R17",
    rule: "what a full disk does not take waits",
    file: "relay/sessions/host/event-log.ts",
    find: "if (!isFullDisk(error)) throw error;",
    replace: "throw error;",
    test: {
      file: "relay/sessions/host/event-log.test.ts",
      name: "R17 what a full disk does not take waits, and is written once and whole when there is room",
    },
  },
];

type Change = readonly [find: string, replace: string];

/** The three rules of one policy of reconnecting. */
function heal(
  who: string,
  file: string,
  { jitter, gap, spread }: Record<"jitter" | "gap" | "spread", Change>,
): Mutant[] {
  const mutant = (id: string, rule: string, [find, replace]: Change, backMs: number): Mutant => ({
    ...{ id: `r16-${who}-${id}`, claim: "R16", rule: `${rule} (${who})`, file, find, replace },
    test: {
      file: DEPLOY,
      name: `R16 every ${who} that a deploy closed with 1012 is live in time, with a Worker back after ${backMs} ms, and none hammers it`,
    },
  });
  return [
    mutant("without-chance", "clients that lost their hub together come back apart", jitter, 0),
    mutant("without-gap", "between two attempts lie 2.5 s", gap, 3_000),
    mutant("spread-too-far", "the first attempt comes within 5 s", spread, 0),
  ];
}
