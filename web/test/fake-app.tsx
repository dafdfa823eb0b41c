// The real app on a scripted Live; only the development server shows it (/test/fake.html). `?state=` picks the start.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../app.tsx";
import { openPage } from "../hooks/open-page.ts";
import { MACHINE_LOG } from "../live/machine-log.ts";
import { SAMPLE_APP, createFakeLive } from "./fake-live.ts";
import { auditEntries, startOf } from "./fake-states.ts";

const query = new URLSearchParams(location.search);
const state = query.get("state") ?? "paired";
const fake = createFakeLive(startOf(state, Date.now()));
Object.assign(globalThis, { fake });
const theme = query.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;
history.replaceState(null, "", query.get("at") ?? "/");
fake.timeline(MACHINE_LOG).set((view) => ({
  ...view,
  session: MACHINE_LOG,
  entries: state === "empty" ? [] : auditEntries(state === "keys" ? 200 : 12, Date.now()),
  more: state === "keys",
}));
const [troubled] = fake.app.get().machines;
const alarm = troubled?.alarm ?? null;
if (alarm !== null && alarm.kind !== "relay-absent" && alarm.session !== null) {
  fake.timeline(alarm.session).set((view) => ({ ...view, alarm }));
}
if (state === "long") {
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
