import { Pause } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useLive } from "../../hooks/page-context.tsx";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import type { SessionRow } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { reasonWords } from "../../ui/delivery-words.ts";
import { Notice } from "../../ui/notice.tsx";

/** Before a turn takes it a message is in the queue of an idle session for a moment; that is no news. ms. */
const HELD_AFTER_MS = 2000;

/** After Stop the queue waits for a person: says so, and lets it go on. */
export function HeldNotice({ row }: { row: SessionRow }): ReactNode {
  const live = useLive();
  const { now } = useClock("second");
  const { asked, ask } = useOutcome();
  // Since it came to be at rest with messages, however long it was idle before.
  const [since] = useState(now);
  if (now - since < HELD_AFTER_MS) return null;
  const what = row.queued === 1 ? "1 message waits" : `${row.queued} messages wait`;
  return (
    <Notice
      icon={<Pause className="icon" aria-hidden />}
      fact={`${what} since it was stopped.`}
      actions={
        <Button
          size="small"
          isDisabled={asked.status === "busy"}
          onPress={() => void ask(() => live.resumeSession(row.machine, row.session))}
        >
          Go on
        </Button>
      }
    >
      {asked.status === "refused" ? reasonWords(asked.refusal) : "Another message lets it go on too."}
    </Notice>
  );
}
