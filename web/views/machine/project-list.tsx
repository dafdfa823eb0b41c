import { Folder } from "lucide-react";
import type { ReactNode } from "react";
import type { ProjectsDoc } from "../../live/model-schema.ts";
import { Group, Row } from "../../ui/row.tsx";

type Project = ProjectsDoc["projects"][number];

const TRUST_WORDS = { free: "nothing to trust", trusted: "trusted", asks: "not trusted yet" } as const;

/** The machine's projects with what they may start; each opens its own sheet. */
export function ProjectList({
  projects,
  onOpen,
}: {
  projects: readonly Project[];
  onOpen: (project: Project) => void;
}): ReactNode {
  return (
    <Group label="Projects">
      {projects.map((project) => (
        <Row
          key={project.root}
          isMiddle
          glyph={<Folder className="icon" aria-hidden />}
          title={project.name}
          meta={<span className="mono">{project.path}</span>}
          end={project.git ? TRUST_WORDS[project.trust] : "not a git repository"}
          endTone={project.trust === "asks" ? "wait" : undefined}
          onPress={() => onOpen(project)}
        />
      ))}
    </Group>
  );
}
