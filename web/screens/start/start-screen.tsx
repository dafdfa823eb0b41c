// New session: where, who, the first words. Stays here until the machine has it, so that nothing is said to run too early.
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS, machinePath, sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useDraft } from "../../hooks/use-draft.ts";
import { useMedia } from "../../hooks/use-media.ts";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import { isAway } from "../../hooks/use-wait-actions.ts";
import type { Picker } from "../../views/composer/composer.tsx";
import { Composer } from "../../views/composer/composer.tsx";
import { Bar, Screen } from "../../views/shell/screen.tsx";
import { StartForm } from "../../views/start/start-form.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { parsePicks, picksText } from "./last-choice.ts";
import { StartConsequences } from "./start-consequences.tsx";
import type { Picks, StartChoice } from "./start-choice.ts";
import { startChoice, startRequest } from "./start-choice.ts";

const LAST = "start/last";

/** The form and the composer that starts it. */
export function StartScreen(): ReactNode {
  const { keepsakes } = usePage();
  const { machines, sessions } = useApp();
  const [picks, setPicks] = useState<Picks>(() => parsePicks(keepsakes.read(LAST)));
  const choice = useMemo(() => startChoice(picks, machines, sessions), [picks, machines, sessions]);
  const clock = useClock("minute");
  const start = useStart(choice, picks);
  const pick = (next: Picks): void => setPicks({ ...picks, ...next });
  const { machine, project, agent } = choice;
  return (
    <Screen
      scroll="end"
      header={<Bar title="New session" back={{ href: PATHS.sessions, label: "Close", look: "close" }} />}
      notices={
        <>
          {machine === undefined ? null : <MachineNotices machines={[machine]} />}
          <RefusalNotice refusal={start.refusal} onClose={start.clear} />
        </>
      }
      dock={<StartDock choice={choice} start={start} onPick={pick} />}
    >
      <StartForm
        clock={clock}
        machines={machines.map((each) => ({ id: each.machine, name: each.name }))}
        machine={machine?.machine ?? null}
        machineFacts={machine ?? null}
        projects={(machine?.projects?.projects ?? []).map((each) => ({
          id: each.root,
          name: each.name,
          detail: each.path,
        }))}
        project={project?.root ?? null}
        branch={project?.branch}
        workspaces={choice.workspaces.map((each) => ({
          id: each.root,
          name: each.branch ?? each.path,
          detail: each.path,
        }))}
        workspace={choice.workspace}
        otherWorkspace={choice.other?.root ?? null}
        worktreeName={picks.worktree ?? ""}
        agents={[...choice.agents]}
        agent={agent?.id ?? null}
        hint={<StartConsequences choice={choice} />}
        onMachine={(id) => pick({ machine: id })}
        onProject={(id) => pick({ project: id, workspace: "main" })}
        onWorkspace={(next) => pick({ workspace: next })}
        onOtherWorkspace={(id) => pick({ other: id, workspace: "other" })}
        onWorktreeName={(worktree) => pick({ worktree })}
        onAgent={(id) => pick({ agent: id })}
      />
    </Screen>
  );
}

interface Start extends Pick<ReturnType<typeof useOutcome>, "clear"> {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly run: () => void;
  readonly isBusy: boolean;
  readonly refusal: Parameters<typeof RefusalNotice>[0]["refusal"];
}

function useStart(choice: StartChoice, picks: Picks): Start {
  const { live, keepsakes, clocks } = usePage();
  const [, navigate] = useLocation();
  const [text, setText] = useDraft("draft/new");
  const { asked, ask, clear } = useOutcome();
  const run = (): void => {
    const request = startRequest(choice, { worktree: picks.worktree, prompt: text, now: clocks.second.get() });
    if (request === null) return;
    keepsakes.write(
      LAST,
      picksText({ ...picks, machine: request.machine, project: choice.project?.root ?? "", agent: request.agent }),
    );
    void ask(async () => {
      const accepted = await live.startSession(request);
      if (!accepted.ok) return accepted;
      // Safe in the outbox from here on: the words need no second copy in the form.
      setText("");
      if (isAway(choice.machine)) {
        navigate(PATHS.sessions);
        return accepted;
      }
      const started = await live.started(accepted.command);
      if (started.ok) navigate(sessionPath({ machine: request.machine, session: started.data.s }));
      // The words come back: a refused start has no conversation to find them in.
      else setText(text);
      return started;
    });
  };
  return {
    text,
    setText,
    run,
    isBusy: asked.status === "busy",
    refusal: asked.status === "refused" ? asked.refusal : null,
    clear,
  };
}

interface StartDockProps {
  readonly choice: StartChoice;
  readonly start: Start;
  readonly onPick: (picks: Picks) => void;
}

function StartDock({ choice, start, onPick }: StartDockProps): ReactNode {
  const isTouch = useMedia("(pointer: coarse)");
  return (
    <div className="dock" data-line="">
      <Composer
        look="start"
        text={start.text}
        onText={start.setText}
        onSend={start.run}
        queued={0}
        enter={isTouch ? "breaks" : "sends"}
        placeholder="What should be done?"
        pickers={pickersOf(choice, onPick)}
        hold={holdOf(choice, start)}
        isBusy={start.isBusy}
      />
    </div>
  );
}

function pickersOf({ agent, model, mode }: StartChoice, onPick: (picks: Picks) => void): readonly Picker[] {
  return [
    { name: "Model", options: agent?.models ?? [], chosen: model, onChoose: (id) => onPick({ model: id }) },
    { name: "Mode", options: agent?.modes ?? [], chosen: mode, onChoose: (id) => onPick({ mode: id }) },
  ];
}

function holdOf({ machine, project, agent }: StartChoice, start: Start): ReactNode {
  if (start.isBusy)
    return (
      <span role="status">
        Starting {agent?.id} on {machine?.name}. It waits for the machine to say so.
      </span>
    );
  if (machine === undefined) return "No machine can be used. Pair one first.";
  if (machine.scope === "view") return `This device may read on ${machine.name}, not start anything.`;
  if (machine.projects === undefined || machine.agents === undefined) return `Waiting for what ${machine.name} has.`;
  if (project === undefined)
    return (
      <>
        No project is registered on {machine.name}. <a href={machinePath(machine.machine)}>Add one</a>.
      </>
    );
  if (agent === undefined)
    return (
      <>
        No agent is ready on {machine.name}. <a href={machinePath(machine.machine)}>See what to do</a>.
      </>
    );
  return undefined;
}
