// Rules taken out of the product one at a time, as data: each of them the seeded simulator must notice within a thousand
// seeds (`npm run proof -- sim --seeds 1000` in a copy with the change ends with exit code 1).

/** One rule taken out. `find` occurs exactly once in `file`. */
export interface SimMutant {
  readonly id: string;
  /** The invariant that falls with it. */
  readonly claim: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each was noticed within 490 seeds from seed 1, half of them within 17 (27 November 2026). */
export const SIM_MUTANTS: readonly SimMutant[] = [
  {
    id: "ack-before-store",
    claim: "R3",
    file: "worker/hub/relay-frames.ts",
    find: "  batch.finish();\n",
    replace: "",
  },
  {
    id: "command-row-forgotten",
    claim: "R7",
    file: "relay/commands/pipeline.ts",
    find: "findCommand(this.#parts.db, key) ?? this.#live.get(key)",
    replace: "this.#live.get(key)",
  },
  {
    id: "expiry-before-stored-result",
    claim: "R7",
    file: "relay/commands/pipeline.ts",
    find: '      return this.#refuse(opened, "E_REKEY");\n    }\n',
    replace:
      '      return this.#refuse(opened, "E_REKEY");\n    }\n    if (frame.header.exp < this.#parts.clock.now()) return this.#refuse(opened, "E_EXPIRED");\n',
  },
  {
    id: "rerun-after-crash",
    claim: "R5",
    file: "relay/commands/pipeline.ts",
    find: 'if (row.state === "accepted" || OPERATIONS[task.op].idempotent) {',
    replace: 'if (row.state !== "final") {',
  },
  {
    id: "result-not-repeated",
    claim: "R6",
    file: "relay/commands/pipeline.ts",
    find: "const { d, g, ctr } = frame.header;\n    if (res !== null) this.#parts.answers.send(res);\n",
    replace: "const { d, g, ctr } = frame.header;\n",
  },
  {
    id: "expired-command-runs",
    claim: "R15",
    file: "relay/commands/verdict.ts",
    find: '  if (header.exp < now) return { status: "expired", code: "E_EXPIRED" };\n',
    replace: "",
  },
  {
    id: "lane-without-order",
    claim: "R15",
    file: "relay/commands/pipeline.ts",
    find: "await lane.serial.run(() => this.#handle(frame));",
    replace: "await this.#handle(frame);",
  },
  {
    id: "frame-sealed-again",
    claim: "R7",
    file: "web/live/outbox.ts",
    find: "const sealed = await this.#sealed(entry);",
    replace:
      "await this.#options.store.changeEntry(entry, (found) => ({ ...found, frame: null, h: null }));\n" +
      "    const sealed = await this.#seal(entry);",
  },
  {
    id: "no-reminder",
    claim: "R6",
    file: "web/live/machine.ts",
    find: "Promise.all([this.outbox.remind(), this.#confirmed",
    replace: "Promise.all([this.#confirmed",
  },
  {
    id: "cursor-lowered",
    claim: "R9",
    file: "web/live/session-log.ts",
    find: "runs: mergeRuns(stored?.runs ?? [], runs),",
    replace: "runs: runs.map((run) => ({ ...run, to: run.from })),",
  },
  {
    id: "wait-answered-twice",
    claim: "R8",
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
    id: "uplink-not-rewound",
    claim: "R1",
    file: "relay/link/connection.ts",
    find: "      this.#uplink.start(session, seq);\n      log.admit",
    replace: "      this.#uplink.start(session, log.head(session)?.seq ?? seq);\n      log.admit",
  },
  {
    id: "prompt-not-taken",
    claim: "R5",
    file: "relay/sessions/prompt-queue.ts",
    find: "UPDATE prompt SET state = 'taken', turn = ? WHERE n = ?",
    replace: "UPDATE prompt SET turn = ? WHERE n = ?",
  },
  {
    id: "turn-apart-from-its-item",
    claim: "R9",
    file: "relay/sessions/session.ts",
    find: "const batch = this.prompts.take(turn, () => this.#save(taken));",
    replace: "const batch = this.prompts.take(turn, () => this.#save({ ...taken, turn: turn - 1 }));",
  },
  {
    id: "interruption-not-kept",
    claim: "R12",
    file: "relay/sessions/session.ts",
    find: "this.#items.tellEnd({ state, turn, words, why }, () => this.#rest(state));",
    replace: "this.#items.tellEnd({ state, turn, words, why }, () => undefined);",
  },
  {
    id: "clock-jump-ignored",
    claim: "R6",
    file: "relay/link/link-state.ts",
    find: 'return state.status === "waiting" ? dial(state, now) : redial(state, now);',
    replace: 'return state.status === "waiting" ? dial(state, now) : only(state);',
  },
];
