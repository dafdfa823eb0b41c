// What a new session is started with: the person's picks, completed by the last choice and by what there is. Pure.
import type { AgentsDoc, MachineId, RootId } from "../../live/model-schema.ts";
import type { MachineView, SessionRow, StartSession } from "../../live/model.ts";
import type { WorkspaceChoice } from "../../views/start/start-form.tsx";

/** What the person picked so far; anything absent falls back to the last choice, then to the first that is possible. */
export interface Picks {
  readonly machine?: string;
  readonly project?: string;
  readonly workspace?: WorkspaceChoice;
  readonly other?: string;
  readonly worktree?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly mode?: string;
}

type Project = NonNullable<MachineView["projects"]>["projects"][number];
type Workspace = NonNullable<MachineView["workspaces"]>["workspaces"][number];
type Agent = AgentsDoc["agents"][number];

/** The picks against what there is. */
export interface StartChoice {
  readonly machine: MachineView | undefined;
  readonly project: Project | undefined;
  readonly workspaces: readonly Workspace[];
  readonly workspace: WorkspaceChoice;
  readonly other: Workspace | undefined;
  readonly agents: readonly Agent[];
  readonly agent: Agent | undefined;
  readonly model: string | undefined;
  readonly mode: string | undefined;
  /** The session that writes the chosen checkout already. */
  readonly writer: SessionRow | undefined;
}

/** The picks, made whole. */
export function startChoice(
  picks: Picks,
  machines: readonly MachineView[],
  sessions: readonly SessionRow[],
): StartChoice {
  const usable = machines.filter((each) => each.refused === null);
  const machine = usable.find((each) => each.machine === picks.machine) ?? usable[0];
  const projects = machine?.projects?.projects ?? [];
  const project = projects.find((each) => each.root === picks.project) ?? projects[0];
  const workspaces = (machine?.workspaces?.workspaces ?? []).filter((each) => each.project === project?.root);
  const other = workspaces.find((each) => each.root === picks.other);
  const workspace = picks.workspace === "other" && other === undefined ? "main" : (picks.workspace ?? "main");
  const agents = machine?.agents?.agents ?? [];
  const ready = agents.filter((each) => each.state === "ready");
  const unready = agents.filter((each) => each.state !== "ready");
  const agent = ready.find((each) => each.id === picks.agent) ?? ready[0];
  const root = workspace === "worktree" ? undefined : workspace === "other" ? other?.root : project?.root;
  return {
    machine,
    project,
    workspaces,
    workspace,
    other,
    // On a phone the first ones are in sight: those that can be used.
    agents: [...ready, ...unready],
    agent,
    model: agent?.models.find((each) => each.id === picks.model)?.id,
    mode: agent?.modes.find((each) => each.id === picks.mode)?.id,
    writer: writerOf(root, machine?.machine, sessions),
  };
}

function writerOf(
  root: RootId | undefined,
  machine: MachineId | undefined,
  sessions: readonly SessionRow[],
): SessionRow | undefined {
  if (root === undefined) return undefined;
  const isUp = (row: SessionRow): boolean => row.state !== "ended" && row.state !== "interrupted";
  return sessions.find((row) => row.machine === machine && row.root === root && isUp(row));
}

/** The command, or null while something that it needs is missing. `now` (epoch ms) makes the name of a worktree new. */
export function startRequest(
  choice: StartChoice,
  {
    worktree = "",
    prompt,
    now,
  }: { readonly worktree?: string | undefined; readonly prompt: string; readonly now: number },
): StartSession | null {
  const { machine, project, agent, workspace, other, model, mode } = choice;
  const root = workspace === "other" ? other?.root : project?.root;
  if (machine === undefined || root === undefined || agent === undefined || prompt.trim() === "") return null;
  return {
    machine: machine.machine,
    root,
    agent: agent.id,
    prompt: prompt.trim(),
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { mode }),
    ...(workspace === "worktree" ? { worktree: branchName(worktree, prompt, now) } : {}),
  };
}

/** A branch that git takes: the person's, or one made of the first words. */
export function branchName(wanted: string, prompt: string, now: number): string {
  const named = wanted.trim();
  if (named !== "") return named;
  const words = prompt
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^a-z0-9\s-]/gu, "")
    .split(/[\s-]+/u)
    .filter((word) => word !== "")
    .slice(0, 4)
    .join("-")
    .slice(0, 40);
  const tail = Math.floor(now / 1000)
    .toString(36)
    .slice(-4);
  return `kelpie/${words === "" ? "session" : words}-${tail}`;
}
