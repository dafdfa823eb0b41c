import type { ReactNode } from "react";
import type { SessionRow } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { momentWords } from "../../ui/time-words.ts";
import { STATE_WORDS } from "../../ui/state-glyph.tsx";
import { costWords } from "../timeline/turn-line.tsx";
import type { InfoFact } from "./info-list.tsx";
import { InfoList } from "./info-list.tsx";

/** Everything known about a session that the conversation does not say. */
export function SessionInfo({ row, clock, isProven }: { row: SessionRow; clock: Clock; isProven: boolean }): ReactNode {
  const state = `${isProven ? "" : "was "}${stateWord(row)} since ${momentWords(row.since, clock)}`;
  const facts: readonly (InfoFact | null)[] = [
    { name: "State", value: state },
    { name: "Machine", value: row.machineName },
    { name: "Project", value: row.project },
    { name: "Folder", value: row.cwd, isCode: true },
    row.branch === undefined ? null : { name: "Branch", value: row.branch, isCode: true },
    { name: "Agent", value: row.agent },
    row.model === undefined ? null : { name: "Model", value: row.model },
    row.mode === undefined
      ? null
      : { name: "Mode", value: row.modes.find((mode) => mode.id === row.mode)?.name ?? row.mode },
    { name: "Queued messages", value: row.queued },
    tokensFact(row),
    row.usage?.costUsd === undefined ? null : { name: "Cost", value: costWords(row.usage.costUsd) },
    { name: "Session id", value: row.session, isCode: true },
  ];
  return <InfoList facts={facts.filter((fact) => fact !== null)} />;
}

function stateWord(row: SessionRow): string {
  if (row.state === "starting" || row.state === "ended") return row.state;
  return STATE_WORDS[row.state].toLowerCase();
}

function tokensFact({ usage }: SessionRow): InfoFact | null {
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  return tokens === 0 ? null : { name: "Tokens", value: tokens.toLocaleString("en-GB") };
}
