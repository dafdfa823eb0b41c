import type { ReactNode } from "react";
import { Link } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { machinePath, sessionPath } from "../../hooks/route.ts";
import { isAway } from "../../hooks/use-wait-actions.ts";
import { StartHint, WriterHint } from "../../views/start/start-hints.tsx";
import type { StartChoice } from "./start-choice.ts";

/** What follows from the choice made; only the most important of it. */
export function StartConsequences({ choice }: { choice: StartChoice }): ReactNode {
  const { device } = usePage();
  const { machine, project, writer, workspace, other } = choice;
  if (machine === undefined || project === undefined) return null;
  if (isAway(machine)) {
    return (
      <StartHint>
        {machine.name} is not answering. It is kept on this {device} and starts when the machine is back.
      </StartHint>
    );
  }
  if (project.trust === "asks") {
    return (
      <StartHint>
        <b>{project.name}</b> can start programs by itself. No agent starts there until it is{" "}
        <Link href={machinePath(machine.machine)}>trusted</Link>.
      </StartHint>
    );
  }
  if (!project.git && workspace === "worktree") {
    return (
      <StartHint>{project.detail ?? `${project.name} is not a git repository, so it has no worktrees.`}</StartHint>
    );
  }
  if (writer === undefined) return null;
  const branch = workspace === "other" ? (other?.branch ?? other?.path) : project.branch;
  return <WriterHint branch={branch ?? project.name} title={writer.title} href={sessionPath(writer)} />;
}
