import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { useLive } from "../../hooks/page-context.tsx";
import type { Outcome, SessionRow, ToolView } from "../../live/model.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { reasonWords } from "../../ui/delivery-words.ts";
import { Skeleton } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface OutputSheetProps {
  readonly row: Pick<SessionRow, "machine" | "session" | "machineName">;
  readonly tool: ToolView;
  readonly onClose: () => void;
}

/** The whole output of a tool call, fetched from the machine when it is asked for. */
export function OutputSheet({ row, tool, onClose }: OutputSheetProps): ReactNode {
  const live = useLive();
  const [outcome, setOutcome] = useState<Outcome<string> | null>(null);
  useEffect(() => {
    let isWanted = true;
    void live.toolOutput(row.machine, row.session, tool.id).then((next) => {
      if (isWanted) setOutcome(next);
    });
    return () => {
      isWanted = false;
    };
  }, [live, row.machine, row.session, tool.id]);
  return (
    <Sheet title={tool.command ?? tool.title} onClose={onClose}>
      {outcome === null ? (
        <Skeleton words={`Fetching the whole output from ${row.machineName}`} />
      ) : outcome.ok ? (
        <pre className="code" data-wrap="" data-tall="" tabIndex={0} aria-label="Whole output">
          {outcome.data}
        </pre>
      ) : (
        <p className="field-note" data-tone="fail" role="alert">
          {reasonWords(outcome.refusal)}
        </p>
      )}
      <ButtonRow>
        {outcome?.ok === true ? <CopyButton text={outcome.data} what="the output" /> : null}
        <Button onPress={onClose}>Close</Button>
      </ButtonRow>
    </Sheet>
  );
}
