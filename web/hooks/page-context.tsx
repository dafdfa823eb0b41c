import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import type { Live } from "../live/model.ts";
import type { Page } from "./page.ts";

const PageContext = createContext<Page | null>(null);

/** Gives every screen below it the page's one handle. */
export function PageProvider({ page, children }: { page: Page; children: ReactNode }): ReactNode {
  return <PageContext value={page}>{children}</PageContext>;
}

/** The page's handle; it never changes, so reading it never draws anything again. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new TypeError("usePage needs <PageProvider page={…}> above it (see main.tsx)");
  return page;
}

/** The handle on everything live. */
export function useLive(): Live {
  return usePage().live;
}
