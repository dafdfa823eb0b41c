import { useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { useApp } from "../../hooks/use-app.ts";
import { TroubleNotice, UpdateNotice } from "../../views/notices/notices.tsx";

/** True now of most browsers and for good; More says it, a strip above every screen would only be looked past. */
export const CALM_TROUBLE = "storage-may-go";

/** Notices about the whole app: this browser's storage, and a newer Kelpie. */
export function OverNotices(): ReactNode {
  const { update } = usePage();
  const { status } = useSyncExternalStore(update.subscribe, update.get);
  const trouble = useApp((view) => view.trouble);
  return (
    <>
      {trouble === null || trouble.code === CALM_TROUBLE ? null : <TroubleNotice trouble={trouble} />}
      {status === "ready" ? <UpdateNotice version={null} onLater={update.later} onReload={update.reload} /> : null}
    </>
  );
}
