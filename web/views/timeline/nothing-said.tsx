import type { ReactNode } from "react";
import { Blank } from "../../ui/blank.tsx";

/** Nothing was said yet. */
export function NothingSaid({ agent, project }: { agent: string; project: string }): ReactNode {
  return (
    <Blank title={`${agent} is ready in ${project}`}>
      <p>Say what you want done. It works on after you close this screen.</p>
    </Blank>
  );
}
