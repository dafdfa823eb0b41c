// The embedded Worker's configuration: the same bindings as wrangler.toml, on this machine's disk.
import type { MiniflareOptions } from "miniflare";

interface WorkerSettings {
  host: string;
  port: number;
  dataDir: string;
  appOrigin: string;
  tokenKey: string;
  claimHash: string;
  assetsDir: string;
  workerScript: string;
}

/** Fixed like wrangler.toml's, and tested with; raising it is a change of behaviour. */
const COMPATIBILITY_DATE = "2026-10-01";

/**
 * Options for miniflare. The Worker's name and class are part of the file names on disk: changing either loses data.
 * Nothing here reaches out to the internet, and no request is logged: an address may carry a pairing id.
 */
export function miniflareOptions(settings: WorkerSettings): MiniflareOptions {
  return {
    host: settings.host,
    port: settings.port,
    resourcePersistencePath: settings.dataDir,
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    workers: [
      {
        config: {
          name: "kelpie",
          compatibilityDate: COMPATIBILITY_DATE,
          manifest: {
            mainModule: "index.mjs",
            modules: { "index.mjs": { type: "esm", contents: settings.workerScript } },
          },
          env: {
            APP_ORIGIN: { type: "text", value: settings.appOrigin },
            TOKEN_KEY: { type: "text", value: settings.tokenKey },
            ...(settings.claimHash === "" ? {} : { CLAIM_HASH: { type: "text", value: settings.claimHash } }),
            DB: { type: "d1", id: "kelpie" },
            HUB: { type: "durable-object", worker: "kelpie", exportName: "Hub" },
            ASSETS: { type: "assets" },
          },
          exports: { Hub: { type: "durable-object", storage: "sqlite" } },
          assets: {
            directory: settings.assetsDir,
            hasUserWorker: true,
            runWorkerFirst: true,
            notFoundHandling: "single-page-application",
          },
        },
        dev: { unsafeRegisterWorker: false, stripCfConnectingIp: false },
      },
    ],
  };
}
