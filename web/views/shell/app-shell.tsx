// The frame of the whole app. One tree serves both sizes: CSS shows the pane in focus on a phone and all of them beside a
// rail from 900 px. A pane that is not given is not there.
import type { ReactNode } from "react";
import type { AppView } from "../../live/model.ts";

interface AppShellProps {
  readonly live: AppView["live"];
  readonly alarm: AppView["alarm"];
  readonly isReady: boolean;
  /** The pane a phone shows. */
  readonly focus: "list" | "main" | "side";
  /** Root screens show the bottom navigation on a phone; pushed screens have a back button instead. */
  readonly isRoot: boolean;
  /** Notices about the whole app; they push everything down. */
  readonly over?: ReactNode;
  /** Absent before the first machine is paired. */
  readonly nav?: ReactNode;
  readonly list?: ReactNode;
  readonly main?: ReactNode;
  readonly side?: ReactNode;
}

/** Carries `data-live`, `data-ready` and `data-alarm` for the whole app, and lays out its panes. */
export function AppShell(props: AppShellProps): ReactNode {
  const { live, alarm, isReady, focus, isRoot, over, nav, list, main, side } = props;
  return (
    <div
      className="app"
      id="app"
      data-live={live}
      data-ready={isReady ? "" : undefined}
      data-alarm={alarm ?? undefined}
      data-focus={focus}
      data-root={isRoot ? "" : undefined}
    >
      {over === undefined ? null : <div className="over">{over}</div>}
      {nav}
      <Pane name="list" label="Sessions" focus={focus}>
        {list}
      </Pane>
      <Pane name="main" label="Main pane" focus={focus}>
        {main}
      </Pane>
      <Pane name="side" label="Details" focus={focus}>
        {side}
      </Pane>
    </div>
  );
}

interface PaneProps {
  readonly name: AppShellProps["focus"];
  readonly label: string;
  readonly focus: AppShellProps["focus"];
  readonly children: ReactNode;
}

// The pane in focus is the page's main part. A role, not another element: that would mount everything in it anew.
function Pane({ name, label, focus, children }: PaneProps): ReactNode {
  if (children === undefined || children === null) return null;
  return (
    <div
      className="pane"
      data-pane={name}
      {...(name === focus ? { role: "main" } : { role: "region", "aria-label": label })}
    >
      {children}
    </div>
  );
}
