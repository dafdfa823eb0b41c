// Views cross a thread as copies; what is equal to before keeps its identity, so that memoised rows do not render again.
import type { AppView } from "./model.ts";

/** The new view, with every part and row that did not change taken from the old one. */
export function keepIdentities(before: AppView, after: AppView): AppView {
  return {
    ...after,
    machines: keepRows(before.machines, after.machines, ({ machine }) => machine),
    sessions: keepRows(before.sessions, after.sessions, ({ machine, session }) => `${machine}/${session}`),
    waits: keepRows(before.waits, after.waits, ({ machine, wid }) => `${machine}/${wid}`),
    outbox: keepRows(before.outbox, after.outbox, ({ command: { machine, g, ctr } }) => `${machine}/${g}/${ctr}`),
    trouble: keep(before.trouble, after.trouble),
  };
}

function keepRows<T>(before: readonly T[], after: readonly T[], keyOf: (row: T) => string): readonly T[] {
  const old = new Map(before.map((row) => [keyOf(row), row]));
  const rows = after.map((row) => keep(old.get(keyOf(row)) ?? row, row));
  const isSame = rows.length === before.length && rows.every((row, index) => row === before[index]);
  return isSame ? before : rows;
}

function keep<T>(before: T, after: T): T {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}
