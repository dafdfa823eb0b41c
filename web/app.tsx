import type { ReactNode } from "react";
import { PageProvider } from "./hooks/page-context.tsx";
import type { Page } from "./hooks/page.ts";
import { ErrorBoundary } from "./screens/shell/error-boundary.tsx";
import { Shell } from "./screens/shell/shell.tsx";

/** The whole app on its handle. */
export function App({ page }: { page: Page }): ReactNode {
  return (
    <ErrorBoundary>
      <PageProvider page={page}>
        <Shell />
      </PageProvider>
    </ErrorBoundary>
  );
}
