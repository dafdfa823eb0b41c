// New session: where, who, and the first words. What cannot be chosen says why, and what to do instead.
import { ChevronDown, Folder, GitBranch, Laptop } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { AgentsDoc } from "../../live/model-schema.ts";
import { Segmented } from "../../ui/choices.tsx";
import { TextField } from "../../ui/field.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import type { LiveFacts } from "../../ui/live-words.ts";
import { Path } from "../../ui/path.tsx";
import { Row } from "../../ui/row.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { PickerSheet } from "../composer/picker-sheet.tsx";
import { AgentPicker } from "./agent-picker.tsx";

/** One thing to start in or on. */
export interface StartOption {
  readonly id: string;
  readonly name: string;
  readonly detail?: string | undefined;
}

/** Where the session works: a checkout that is there, or a new worktree of the project. */
export type WorkspaceChoice = "main" | "worktree" | "other";

interface StartFormProps {
  readonly clock: Clock;
  readonly machines: readonly StartOption[];
  readonly machine: string | null;
  readonly machineFacts: LiveFacts | null;
  readonly projects: readonly StartOption[];
  readonly project: string | null;
  /** The branch of the main checkout. */
  readonly branch: string | undefined;
  /** Existing worktrees of the project; empty hides "Other…". */
  readonly workspaces: readonly StartOption[];
  readonly workspace: WorkspaceChoice;
  readonly otherWorkspace: string | null;
  readonly worktreeName: string;
  readonly agents: AgentsDoc["agents"];
  readonly agent: string | null;
  /** Words about the choice made: who writes this checkout already, that a project is not trusted, that a machine is away. */
  readonly hint?: ReactNode;
  readonly onMachine: (id: string) => void;
  readonly onProject: (id: string) => void;
  readonly onWorkspace: (choice: WorkspaceChoice) => void;
  readonly onOtherWorkspace: (id: string) => void;
  readonly onWorktreeName: (name: string) => void;
  readonly onAgent: (id: string) => void;
}

type Open = "machine" | "project" | "workspace" | null;

/** Everything above the composer. */
export function StartForm(props: StartFormProps): ReactNode {
  const [open, setOpen] = useState<Open>(null);
  const { agents, agent, onAgent } = props;
  return (
    <form className="column" onSubmit={(event) => event.preventDefault()}>
      <h2 className="sect">Where</h2>
      <div className="group">
        <MachineRow {...props} onOpen={() => setOpen("machine")} />
        <ProjectRow {...props} onOpen={() => setOpen("project")} />
        <WorkspaceRow {...props} onOpen={() => setOpen("workspace")} />
        {props.hint === undefined || props.hint === null ? null : props.hint}
      </div>
      <h2 className="sect">Who</h2>
      <AgentPicker agents={agents} chosen={agent} onChoose={onAgent} />
      <Pickers {...props} open={open} onClose={() => setOpen(null)} />
    </form>
  );
}

type RowProps = StartFormProps & { readonly onOpen: () => void };

function MachineRow({ machines, machine, machineFacts, clock, onOpen }: RowProps): ReactNode {
  const name = machines.find((each) => each.id === machine)?.name ?? "Choose a machine";
  return (
    <Row
      isMiddle
      glyph={<Laptop className="icon" aria-hidden />}
      title={name}
      label={`Machine: ${name}`}
      end={
        <>
          {machineFacts === null ? null : (
            <span className="sub">
              <LiveDot facts={machineFacts} clock={clock} />
              <ChevronDown className="icon" aria-hidden />
            </span>
          )}
        </>
      }
      onPress={onOpen}
    />
  );
}

function ProjectRow({ projects, project, onOpen }: RowProps): ReactNode {
  const chosen = projects.find((each) => each.id === project);
  const name = chosen?.name ?? (projects.length === 0 ? "No project yet" : "Choose a project");
  return (
    <Row
      isMiddle
      glyph={<Folder className="icon" aria-hidden />}
      title={name}
      label={`Project: ${name}`}
      end={
        <>
          {chosen?.detail === undefined ? null : <Path path={chosen.detail} />}
          <ChevronDown className="icon" aria-hidden />
        </>
      }
      onPress={onOpen}
    />
  );
}

function WorkspaceRow(props: RowProps): ReactNode {
  const { branch, workspaces, workspace, otherWorkspace, worktreeName, onWorkspace, onWorktreeName, onOpen } = props;
  const other = workspaces.find((each) => each.id === otherWorkspace)?.name;
  return (
    <div className="row seg-row">
      <GitBranch className="icon" aria-hidden />
      <Segmented
        name="workspace"
        label="Workspace"
        value={workspace}
        options={[
          { value: "main", label: branch ?? "Main checkout" },
          { value: "worktree", label: "New worktree" },
          ...(workspaces.length === 0 ? [] : [{ value: "other", label: other ?? "Other…" }]),
        ]}
        onChange={(next) => {
          if (next === "main" || next === "worktree" || next === "other") onWorkspace(next);
          if (next === "other") onOpen();
        }}
      />
      {workspace === "worktree" ? (
        <div className="below worktree">
          <TextField
            label="Branch of the new worktree"
            isLabelHidden
            placeholder="Branch name (optional)"
            content="code"
            maxLength={200}
            value={worktreeName}
            onChange={onWorktreeName}
          />
        </div>
      ) : null}
    </div>
  );
}

function Pickers(props: StartFormProps & { readonly open: Open; readonly onClose: () => void }): ReactNode {
  const { open, onClose } = props;
  if (open === null) return null;
  const lists = {
    machine: { title: "Machine", options: props.machines, chosen: props.machine, onChoose: props.onMachine },
    project: { title: "Project", options: props.projects, chosen: props.project, onChoose: props.onProject },
    workspace: {
      title: "Worktree",
      options: props.workspaces,
      chosen: props.otherWorkspace,
      onChoose: props.onOtherWorkspace,
    },
  };
  const { title, options, chosen, onChoose } = lists[open];
  return (
    <PickerSheet
      name={open}
      title={title}
      options={options}
      chosen={chosen ?? undefined}
      onClose={onClose}
      onChoose={(id) => {
        onChoose(id);
        onClose();
      }}
    />
  );
}
