// The real app on a scripted Live; only the development server shows it (/test/fake.html). `?state=` picks the start.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../app.tsx";
import { openPage } from "../hooks/open-page.ts";
import type { AppView } from "../live/model.ts";
import { SAMPLE_APP, createFakeLive } from "./fake-live.ts";

const query = new URLSearchParams(location.search);
const STATES: Readonly<Record<string, AppView>> = {
  paired: SAMPLE_APP,
  first: { ...SAMPLE_APP, machines: [], sessions: [], waits: [], live: "offline" },
  opening: { ...SAMPLE_APP, ready: false },
  empty: { ...SAMPLE_APP, machines: SAMPLE_APP.machines.slice(0, 1), sessions: [], waits: [] },
  // The network is there, the one machine is not: what is shown may be old.
  silent: {
    ...SAMPLE_APP,
    live: "stale",
    machines: SAMPLE_APP.machines.slice(0, 1).map((machine) => ({
      ...machine,
      liveness: { status: "stale", confirmedAt: Date.now() - 180_000 },
    })),
    waits: [],
  },
  offline: {
    ...SAMPLE_APP,
    online: false,
    live: "offline",
    machines: SAMPLE_APP.machines.map((machine) => ({
      ...machine,
      liveness: { status: "offline", confirmedAt: Date.now() - 180_000, retryAt: null, attempt: 3 },
    })),
  },
};
const fake = createFakeLive(STATES[query.get("state") ?? "paired"] ?? SAMPLE_APP);
Object.assign(globalThis, { fake });
const theme = query.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;
history.replaceState(null, "", query.get("at") ?? "/");
if (query.get("state") === "long") {
  const entries = Array.from({ length: 300 }, (_, index) => ({
    kind: "prose" as const,
    key: `line/${index}`,
    at: 0,
    text: `Line ${index + 1}.`,
    streaming: false,
  }));
  for (const { session } of SAMPLE_APP.sessions) fake.timeline(session).set((view) => ({ ...view, entries }));
}
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App page={openPage(fake.live, null)} />
    </StrictMode>,
  );
}
