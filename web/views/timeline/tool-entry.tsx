import { File, Globe, Pencil, Search, SquareTerminal, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import type { ToolView } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { ExactText } from "../../ui/command-text.tsx";
import { Diff, DiffTotals } from "../../ui/diff.tsx";
import { Path } from "../../ui/path.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Step } from "./step.tsx";
import { toolResult, toolWords } from "./tool-words.ts";

const ICONS: Readonly<Record<string, typeof Wrench>> = {
  read: File,
  edit: Pencil,
  search: Search,
  execute: SquareTerminal,
  fetch: Globe,
};

interface ToolEntryProps {
  readonly tool: ToolView;
  readonly onWholeOutput: (tool: ToolView) => void;
}

/** A tool call: an edit is an open panel with its diff, everything else one line that opens to command and output. */
export function ToolEntry({ tool, onWholeOutput }: ToolEntryProps): ReactNode {
  const Icon = ICONS[tool.command === null ? tool.what : "execute"] ?? Wrench;
  if (tool.diffs.length > 0) return tool.diffs.map((diff) => <EditPanel key={diff.path} diff={diff} tool={tool} />);
  const { verb, object, isCode } = toolWords(tool);
  const isPath = isCode && tool.command === null && tool.paths.includes(object);
  const hasInside = tool.output !== "" || tool.outputCut || (tool.command !== null && tool.command.includes("\n"));
  return (
    <Step
      icon={<Icon className="icon" aria-hidden />}
      what={
        <>
          {verb === "" ? null : <b>{verb} </b>}
          {isPath ? <Path path={object} /> : isCode ? <span className="mono">{object}</span> : object}
        </>
      }
      result={toolResult(tool)}
      resultTone={tool.status === "failed" ? "fail" : undefined}
    >
      {hasInside ? <ToolInside tool={tool} onWholeOutput={onWholeOutput} /> : null}
    </Step>
  );
}

function ToolInside({ tool, onWholeOutput }: ToolEntryProps): ReactNode {
  return (
    <div className="inside">
      <figure className="panel">
        {tool.command === null ? null : (
          <figcaption className="code" data-wrap="">
            <ExactText text={tool.command} />
          </figcaption>
        )}
        {tool.output === "" ? null : (
          <pre className="code" data-wrap="" data-tall="" tabIndex={0} aria-label="Output">
            {tool.output}
          </pre>
        )}
      </figure>
      {tool.outputCut ? (
        <Button size="small" kind="plain" onPress={() => onWholeOutput(tool)}>
          Show the whole output
        </Button>
      ) : null}
    </div>
  );
}

function EditPanel({ diff, tool }: { diff: ToolView["diffs"][number]; tool: ToolView }): ReactNode {
  const verb = diff.before === null ? "New" : "Edit";
  const isFailed = tool.status === "failed";
  return (
    <Panel
      icon={<Pencil className="icon" aria-hidden />}
      fold={isFailed ? "folded" : "open"}
      title={
        <>
          <b>{verb}</b> <Path path={diff.path} />
        </>
      }
      result={
        isFailed ? (
          <span data-tone="fail">failed</span>
        ) : (
          <>
            {/* Shown as it would be: whether it was written is not known yet, or not at all. */}
            {tool.status === "completed" ? null : `${toolResult(tool)} `}
            <DiffTotals oldText={diff.before} newText={diff.after} />
          </>
        )
      }
    >
      <Diff oldText={diff.before} newText={diff.after} />
    </Panel>
  );
}
