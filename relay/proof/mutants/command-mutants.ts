// Rules of commands at the relay: who is heard, once, for what, and what becomes of it.
import type { Mutant } from "./mutant.ts";

export const COMMAND_MUTANTS: readonly Mutant[] = [
  {
    id: "s1-window-not-asked",
    claim: "S1",
    rule: "a counter that the window has seen runs nothing, also when its answer is forgotten",
    file: "relay/commands/verdict.ts",
    find: 'if (isUsed(window, header.ctr)) return "E_CTR_OLD";',
    replace: "",
    test: {
      file: "relay/proof/malice/replays.test.ts",
      name: "S1 every stored command, played again at any time, after restarts and under any clock, has no effect",
    },
  },
  {
    id: "s1-window-not-kept",
    claim: "S1",
    rule: "the window is committed with the command",
    file: "relay/commands/pipeline.ts",
    find: "        saveWindow(db, key.d, window);",
    replace: "",
    test: {
      file: "relay/proof/malice/replays.test.ts",
      name: "S1 every stored command, played again at any time, after restarts and under any clock, has no effect",
    },
  },
  {
    id: "s1-window-forgets-below",
    claim: "S1",
    rule: "what is below the window counts as used",
    file: "relay/commands/replay-window.ts",
    find: "if (ctr < 1 || ctr <= hi - CTR_WINDOW) return true;",
    replace: "if (ctr < 1) return true;",
    test: {
      file: "relay/commands/replay-window.test.ts",
      name: "S1: lets every counter pass at most once, and every fresh one within reach exactly once",
    },
  },
  {
    id: "s1-refusals-may-run-later",
    claim: "S1",
    rule: "a refused command is over: its frame can never run later",
    file: "relay/commands/pipeline.ts",
    find: "const window = marked(this.#window(device), key.ctr);",
    replace: "const window = isTask(verdict) ? marked(this.#window(device), key.ctr) : this.#window(device);",
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "S1: a stored command replayed at any time, after a restart, with any clock, runs nothing twice",
    },
  },
  {
    id: "s3-live-of-another-boot",
    claim: "S3",
    rule: "a live command belongs to the boot it names",
    file: "relay/commands/verdict.ts",
    find: 'return header.boot === boot ? null : "E_BOOT";',
    replace: "return null;",
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "S3: a command for another machine, device, generation, class or boot is rejected",
    },
  },
  {
    id: "s3-class-of-the-operation",
    claim: "S3",
    rule: "an operation runs in its own class only",
    file: "relay/commands/verdict.ts",
    find: 'if (OPERATIONS[op].class !== header.class) return { status: "rejected", code: "E_SCHEMA", text: "class" };',
    replace: "",
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "S3: a command for another machine, device, generation, class or boot is rejected",
    },
  },
  {
    id: "s3-result-names-no-command",
    claim: "S3",
    rule: "a result names the very bytes it answers",
    file: "relay/commands/pipeline.ts",
    find: ": sealResult(machine, { d: key.d, g: key.g, ctr: key.ctr }, keys.res, { h, hi, n, outcome });",
    replace:
      ": sealResult(machine, { d: key.d, g: key.g, ctr: key.ctr }, keys.res, { h: key.d as never, hi, n, outcome });",
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "S3: a RES is bound to its command by the hash of the whole frame and opens for its device only",
    },
  },
  {
    id: "s5-pending-may-command",
    claim: "S5",
    rule: "a pending device is heard with its hello only",
    file: "relay/commands/open-command.ts",
    find: 'if (plain?.op !== "device.hello") return null;',
    replace: "",
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "S5: nothing but device.hello has an effect while a device is pending, and a grant invented by the Worker has none",
    },
  },
  {
    id: "s5-pending-for-ever",
    claim: "S5",
    rule: "a device that says hello too late stays untrusted",
    file: "relay/trust/trust-store.ts",
    find: 'if (device?.state !== "pending" || pendingEnd(device) <= this.#parts.clock.now()) return null;',
    replace: 'if (device?.state !== "pending") return null;',
    test: { file: "relay/commands/handlers.test.ts", name: "S5: a pending device that comes too late stays untrusted" },
  },
  {
    id: "s13-digest-not-compared",
    claim: "S13",
    rule: "an answer counts for the request it was shown",
    file: "relay/sessions/session-waits.ts",
    find: 'if (row.digest !== digest) throw new AppError("E_DIGEST", { reason: "something else was asked" });',
    replace: "",
    test: {
      file: "relay/sessions/session.test.ts",
      name: "S13 another digest authorises nothing and leaves the wait open",
    },
  },
  {
    id: "s13-answered-again",
    claim: "S13",
    rule: "an answer to a wait that is over authorises nothing",
    file: "relay/sessions/session-waits.ts",
    find: "    if (row.done !== undefined) throw resolved(row.done);\n    checkAnswer(row.kind, row.req, answer);\n    // From here to the update nothing awaits: two answers cannot both pass.\n    const isFirst = rows.settle(wid, { by, answer, at: clock.now(), ...(ref === undefined ? {} : { ref }) });\n    if (!isFirst) throw resolved(rows.get(wid)?.done);",
    replace:
      "    checkAnswer(row.kind, row.req, answer);\n    // From here to the update nothing awaits: two answers cannot both pass.\n    rows.settle(wid, { by, answer, at: clock.now(), ...(ref === undefined ? {} : { ref }) });",
    test: {
      file: "relay/sessions/session.test.ts",
      name: "R8 of two answers exactly one counts, and the other learns which",
    },
  },
  {
    id: "r5-blind-repeat",
    claim: "R5",
    rule: "an interrupted operation that must not be repeated is not",
    file: "relay/commands/pipeline.ts",
    find: 'if (row.state === "accepted" || OPERATIONS[task.op].idempotent) {',
    replace: 'if (row.state !== "final") {',
    test: {
      file: "relay/commands/recovery.test.ts",
      name: "R5: an interrupted operation that must not be repeated ends as indeterminate",
    },
  },
  {
    id: "r6-accepted-for-ever",
    claim: "R6",
    rule: "a command that cannot begin ends as failed",
    file: "relay/commands/pipeline.ts",
    find: 'else void this.#conclude({ key, hash, task: verdict, kind: "durable" }, DISK_REFUSED).catch(this.#parts.report);',
    replace: "",
    mayHang: true,
    test: {
      file: "relay/commands/full-disk.test.ts",
      name: "R6: a command that the disk lets be accepted but not begun ends as failed, not never",
    },
  },
  {
    id: "r7-answer-not-repeated",
    claim: "R7",
    rule: "an identical retry gets the identical answer",
    file: "relay/commands/pipeline.ts",
    find: 'return row.hash === hash ? this.#repeat(frame, row.res) : this.#refuse(opened, "E_CTR_REUSED");',
    replace: 'return this.#refuse(opened, "E_CTR_REUSED");',
    test: {
      file: "relay/commands/pipeline.test.ts",
      name: "R7: answers an identical retry with the identical bytes, for seven days and over a restart",
    },
  },
];
