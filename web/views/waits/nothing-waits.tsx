import type { ReactNode } from "react";
import { Blank } from "../../ui/blank.tsx";

/** The Inbox is empty. */
export function NothingWaits({ isSure }: { isSure: boolean }): ReactNode {
  return (
    <Blank title={isSure ? "Nothing waits for you" : "Nothing waited when last confirmed"}>
      <p>When an agent asks, wants to run something, or reaches a limit, it stands here, whichever machine it is on.</p>
    </Blank>
  );
}
