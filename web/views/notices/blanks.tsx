// Empty screens: what is so, and the next step.
import type { ReactNode } from "react";
import { Blank } from "../../ui/blank.tsx";
import { Button } from "../../ui/button.tsx";

/** A machine is there and nothing runs. */
export function NothingRuns({
  machineName,
  projects,
  ready,
  onStart,
}: {
  machineName: string;
  projects: number;
  ready: readonly string[];
  onStart: () => void;
}): ReactNode {
  return (
    <Blank title={`Nothing runs on ${machineName}`}>
      <p>
        {projects === 1 ? "1 project is registered" : `${projects} projects are registered`}
        {ready.length === 0
          ? ". No agent is ready yet: see Machine."
          : `, ${listWords(ready)} ${ready.length === 1 ? "is" : "are"} ready.`}
      </p>
      {/* Not called New session: that name belongs to the button in the bar. */}
      <Button kind="filled" isWide onPress={onStart}>
        Start the first one
      </Button>
    </Blank>
  );
}

/** The middle pane of a wide screen while no session is open. */
export function NothingOpen(): ReactNode {
  return (
    <Blank title="Choose a session">
      <p>Its conversation opens here. What waits for you stands first in the list.</p>
    </Blank>
  );
}

/** A screen whose capability comes with a later version. */
export function NotYet({ what, instead }: { what: string; instead: string }): ReactNode {
  return (
    <Blank title={`${what} is not here yet`}>
      <p>{instead}</p>
    </Blank>
  );
}

/** An address that leads nowhere. */
export function NotFound({ onHome }: { onHome: () => void }): ReactNode {
  return (
    <Blank title="Nothing is here">
      <p>The session may have been removed, or the link is from another machine.</p>
      <Button kind="filled" isWide onPress={onHome}>
        Open sessions
      </Button>
    </Blank>
  );
}

function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
