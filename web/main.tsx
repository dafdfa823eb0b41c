// The page's entry: takes the pairing secret out of the address, starts the live part, draws.
import { StrictMode } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openPage } from "./hooks/open-page.ts";
import { takePairLink } from "./hooks/pair-link.ts";
import { createLive } from "./live/client.ts";
import { later } from "./ui/later.tsx";

const InsecureAddress = later(
  async () => (await import("./views/pairing/first-run.tsx")).InsecureAddress,
  () => null,
);

// First of all: nothing has been requested, stored or logged yet with the secret in the address.
const link = takePairLink(window);
const element = document.querySelector("#root");
if (element === null) throw new Error("index.html has no #root");
createRoot(element).render(<StrictMode>{start()}</StrictMode>);

function start(): ReactNode {
  // Without a secure context there is no WebCrypto: nothing could be kept private, so nothing is started.
  if (!window.isSecureContext) {
    return (
      <div className="app" id="app" data-live="offline" data-ready="">
        <main className="pane">
          <InsecureAddress host={location.origin} />
        </main>
      </div>
    );
  }
  return <App page={openPage(createLive(), link)} />;
}
