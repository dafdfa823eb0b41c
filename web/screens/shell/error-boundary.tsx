import { Component } from "react";
import type { ErrorInfo, ReactNode } from "react";
import { Blank, Mark } from "../../ui/blank.tsx";
import { Button } from "../../ui/button.tsx";

interface State {
  readonly failure: string | null;
}

/** A defect of ours, said in words. Nothing is lost by it: records and the outbox are in the browser's database. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failure: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error("a screen failed", error, info.componentStack);
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return (
      <div className="app" id="app" data-ready="" data-failed="">
        <main className="pane">
          <Blank level="h1" mark={<Mark kind="no" />} title="Kelpie made a mistake">
            <p>
              This screen could not be drawn. Your agents run on, and what you wrote is kept. The mistake was:{" "}
              <code>{failure}</code>
            </p>
            <Button kind="filled" isWide onPress={() => location.reload()}>
              Reload
            </Button>
            <Button kind="plain" isWide onPress={() => location.assign("/")}>
              Open sessions
            </Button>
          </Blank>
        </main>
      </div>
    );
  }
}
