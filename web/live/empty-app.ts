import type { AppView } from "./model.ts";

/** The view of a browser that knows no machine, before anything was read. */
export function emptyApp(online: boolean): AppView {
  return {
    ready: false,
    online,
    machines: [],
    sessions: [],
    waits: [],
    outbox: [],
    live: "offline",
    alarm: null,
    trouble: null,
  };
}
