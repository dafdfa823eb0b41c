import type { ReactNode } from "react";
import type { AgentsDoc } from "../../live/model-schema.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Group, Row } from "../../ui/row.tsx";
import type { Tone } from "../../ui/row.tsx";
import type { GlyphState } from "../../ui/state-glyph.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";

type Agent = AgentsDoc["agents"][number];

const LOOKS: Readonly<Record<Agent["state"], readonly [glyph: GlyphState, word: string, tone: Tone | undefined]>> = {
  ready: ["done", "ready", "done"],
  "logged-out": ["waiting", "logged out", "wait"],
  missing: ["idle", "missing", undefined],
  broken: ["failed", "broken", "wait"],
};

/** Each agent the machine knows: its state, and one next step that can be copied. */
export function AgentList({ agents }: { agents: readonly Agent[] }): ReactNode {
  return (
    <Group label="Agents">
      {agents.map((agent) => {
        const [glyph, word, tone] = LOOKS[agent.state];
        return (
          <Row
            key={agent.id}
            glyph={<StateGlyph state={glyph} label={null} />}
            title={agent.id}
            meta={[agent.version, agent.account, agent.detail].filter((fact) => fact !== undefined).join(" · ")}
            end={word}
            endTone={tone}
            below={
              agent.next === undefined ? undefined : (
                <div className="fix">
                  <code>{agent.next}</code>
                  <CopyButton text={agent.next} what={`the next step for ${agent.id}`} />
                </div>
              )
            }
          />
        );
      })}
    </Group>
  );
}
