// Rules taken out of the product one at a time, as data: each of them the seeded simulator must notice within a thousand
// seeds (`npm run proof -- sim --seeds 1000` in a copy with the change ends with exit code 1).

import type { Mutation } from "./mutant.ts";

/** A rule, and the seed to begin with where the case is rarer than one in a thousand. */
export type SimMutation = Mutation & { readonly from?: number };

/** Each is noticed within a thousand seeds, most of them within a hundred (28 November 2026). */
export const SIM_MUTANTS: readonly SimMutation[] = [
  {
    id: "r3-ack-before-store",
    claim: "R3",
    rule: "an ack follows the store",
    file: "worker/hub/relay-frames.ts",
    find: "  batch.finish();\n",
    replace: "",
  },
  {
    id: "r7-command-row-forgotten",
    claim: "R7",
    rule: "a command is known by its row, also after a restart",
    file: "relay/commands/pipeline.ts",
    find: "findCommand(this.#parts.db, key) ?? this.#live.get(key)",
    replace: "this.#live.get(key)",
  },
  {
    id: "r7-expiry-before-stored-result",
    claim: "R7",
    rule: "a retry after its expiry still gets the stored result",
    file: "relay/commands/pipeline.ts",
    find: '      return this.#refuse(opened, "E_REKEY");\n    }\n',
    replace:
      '      return this.#refuse(opened, "E_REKEY");\n    }\n    if (frame.header.exp < this.#parts.clock.now()) return this.#refuse(opened, "E_EXPIRED");\n',
  },
  {
    id: "r5-rerun-after-crash",
    claim: "R5",
    rule: "what was running and is not idempotent does not run again",
    file: "relay/commands/pipeline.ts",
    find: 'if (row.state === "accepted" || OPERATIONS[task.op].idempotent) {',
    replace: 'if (row.state !== "final") {',
  },
  {
    id: "r6-result-not-repeated",
    claim: "R6",
    rule: "a retry is answered with the stored result",
    file: "relay/commands/pipeline.ts",
    find: "const { d, g, ctr } = frame.header;\n    if (res !== null) this.#parts.answers.send(res);\n",
    replace: "const { d, g, ctr } = frame.header;\n",
  },
  {
    id: "r15-expired-command-runs",
    claim: "R15",
    rule: "an expired command does not run",
    file: "relay/commands/verdict.ts",
    find: '  if (header.exp < now) return { status: "expired", code: "E_EXPIRED" };\n',
    replace: "",
  },
  {
    id: "r15-lane-without-order",
    claim: "R15",
    rule: "commands of a device run one after the other",
    file: "relay/commands/pipeline.ts",
    find: "await lane.serial.run(() => this.#handle(frame));",
    replace: "await this.#handle(frame);",
  },
  {
    id: "r7-frame-sealed-again",
    claim: "R7",
    rule: "a command is sealed once",
    file: "web/live/outbox.ts",
    find: "const sealed = await this.#sealed(entry);",
    replace:
      "await this.#options.store.changeEntry(entry, (found) => ({ ...found, frame: null, h: null }));\n" +
      "    const sealed = await this.#seal(entry);",
  },
  {
    id: "r6-no-reminder",
    claim: "R6",
    rule: "what nobody answered is sent again",
    file: "web/live/machine.ts",
    find: "Promise.all([this.outbox.remind(), this.#confirmed",
    replace: "Promise.all([this.#confirmed",
  },
  {
    id: "r9-cursor-lowered",
    claim: "R9",
    rule: "what a device holds only grows",
    file: "web/live/session-log.ts",
    find: "runs: mergeRuns(stored?.runs ?? [], runs),",
    replace: "runs: runs.map((run) => ({ ...run, to: run.from })),",
  },
  {
    id: "r8-wait-answered-twice",
    claim: "R8",
    rule: "a wait that was answered takes no other answer",
    file: "relay/sessions/session-waits.ts",
    find:
      "    if (row.done !== undefined) throw resolved(row.done);\n" +
      "    checkAnswer(row.kind, row.req, answer);\n" +
      "    // From here to the update nothing awaits: two answers cannot both pass.\n" +
      "    const isFirst = rows.settle(wid, { by, answer, at: clock.now(), ...(ref === undefined ? {} : { ref }) });\n" +
      "    if (!isFirst) throw resolved(rows.get(wid)?.done);\n",
    replace: "    rows.settle(wid, { by, answer, at: clock.now(), ...(ref === undefined ? {} : { ref }) });\n",
  },
  {
    id: "r1-uplink-not-rewound",
    claim: "R1",
    rule: "a connection begins with what the hub has",
    file: "relay/link/connection.ts",
    find: "      this.#uplink.start(session, seq);\n      log.admit",
    replace: "      this.#uplink.start(session, log.head(session)?.seq ?? seq);\n      log.admit",
  },
  {
    id: "r5-prompt-not-taken",
    claim: "R5",
    rule: "a prompt that an agent has leaves the queue",
    file: "relay/sessions/prompt-queue.ts",
    find: "UPDATE prompt SET state = 'taken', turn = ? WHERE n = ?",
    replace: "UPDATE prompt SET turn = ? WHERE n = ?",
  },
  {
    id: "r9-turn-apart-from-its-item",
    claim: "R9",
    rule: "a turn's number is kept with its prompts",
    file: "relay/sessions/session.ts",
    find: "const batch = this.prompts.take(turn, () => this.#save(taken));",
    replace: "const batch = this.prompts.take(turn, () => this.#save({ ...taken, turn: turn - 1 }));",
  },
  {
    id: "r12-interruption-not-kept",
    claim: "R12",
    rule: "an interruption is kept with its item",
    file: "relay/sessions/session.ts",
    find: "this.#items.tellEnd({ state, turn, words, why }, () => this.#rest(state));",
    replace: "this.#items.tellEnd({ state, turn, words, why }, () => undefined);",
  },
  {
    id: "r6-clock-jump-ignored",
    claim: "R6",
    rule: "a clock that jumped makes the relay dial anew",
    file: "relay/link/link-state.ts",
    find: 'return state.status === "waiting" ? dial(state, now) : redial(state, now);',
    replace: 'return state.status === "waiting" ? dial(state, now) : only(state);',
  },
  {
    id: "r13-sim-offset-apart",
    claim: "R13",
    rule: "how far an agent's host was read is committed with what it brought",
    file: "relay/sessions/session-events.ts",
    find: "items.append(item, () => this.taken(at)).then(committed, onStorageFailed);",
    replace: "items.append(item).then(() => this.taken(at)).then(committed, onStorageFailed);",
  },
  {
    id: "r13-sim-read-from-the-start",
    claim: "R13",
    rule: "an agent that is found again is read from where it was taken",
    file: "relay/sessions/sessions.ts",
    find: "from: parts.rows.takenOf(row.s)",
    replace: "from: 0",
  },
  {
    id: "r13-sim-rest-unread",
    claim: "R13",
    rule: "of a host that is gone the rest of its log is read",
    file: "relay/sessions/host/hosted-process.ts",
    find: "    yield* rest(at);\n",
    replace: "",
  },
  {
    id: "r12-sim-leftovers-live",
    claim: "R12",
    rule: "an agent that was killed while it was being opened is ended by the next relay",
    file: "relay/sessions/sessions.ts",
    find: "if (mark !== undefined) await endMarked(mark);",
    replace: "",
    from: 5000,
  },
];
