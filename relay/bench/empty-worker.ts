// The floor of a start: node, miniflare, a Worker that does nothing, one answer. Prints its pid when it is there.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "..", ".out", "compile-cache"));

const { Miniflare } = await import("miniflare");
const worker = new Miniflare({
  cf: false,
  ...{ host: "127.0.0.1", port: 0, resourcePersistencePath: process.argv[2] ?? "", telemetry: { enabled: false } },
  workers: [
    {
      config: {
        name: "empty",
        compatibilityDate: "2026-10-01",
        manifest: {
          mainModule: "index.mjs",
          modules: { "index.mjs": { type: "esm", contents: "export default { fetch: () => new Response('') };" } },
        },
      },
      dev: { unsafeRegisterWorker: false },
    },
  ],
});
await fetch(await worker.ready);
console.log(JSON.stringify({ pid: process.pid }));
