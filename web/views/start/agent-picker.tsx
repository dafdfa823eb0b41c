import type { ReactNode } from "react";
import type { AgentsDoc } from "../../live/model-schema.ts";

interface AgentPickerProps {
  readonly agents: AgentsDoc["agents"];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** Agents side by side; one that cannot be used says why, and below what to do about it. */
export function AgentPicker({ agents, chosen, onChoose }: AgentPickerProps): ReactNode {
  const unready = agents.filter(
    (agent) => agent.state !== "ready" && agent.state !== "missing" && agent.next !== undefined,
  );
  return (
    <>
      <fieldset className="agents" aria-label="Agent">
        {agents.map((agent) => (
          <label key={agent.id} data-no={agent.state === "ready" ? undefined : ""}>
            <input
              type="radio"
              name="agent"
              checked={agent.id === chosen}
              disabled={agent.state !== "ready"}
              onChange={() => onChoose(agent.id)}
            />
            <span>
              <b>{agent.id}</b>
              <i>{wordOf(agent)}</i>
            </span>
          </label>
        ))}
      </fieldset>
      {unready.map((agent) => (
        <p className="usage-line" key={agent.id}>
          {agent.id}: {agent.next}
        </p>
      ))}
    </>
  );
}

function wordOf(agent: AgentsDoc["agents"][number]): string {
  if (agent.state === "logged-out") return "logged out";
  if (agent.state === "ready") return agent.version ?? agent.detail ?? "ready";
  return agent.state;
}
