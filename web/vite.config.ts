import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";
import type { Plugin, UserConfig } from "vite";

const root = import.meta.dirname;
const publicDir = join(root, "public");

/** The name the page registers; it never changes, or no browser would find a newer one. */
const SW_FILE = "sw.js";

export default defineConfig(({ command }) => {
  // A build is for people, also when a test asks for it: vite keeps a NODE_ENV it finds, and vitest sets "test".
  if (command === "build") process.env["NODE_ENV"] = "production";
  return config;
});

const config: UserConfig = {
  root,
  base: "/",
  plugins: [react(), precache()],
  // wouter asks for a stand-in for old versions of React.
  resolve: { alias: { "use-sync-external-store/shim/index.js": "react" } },
  define: { __VERSION__: JSON.stringify(versionOf(join(root, "..", "package.json"))) },
  worker: { format: "es" },
  build: {
    outDir: "../.out/web",
    emptyOutDir: true,
    target: "es2024",
    sourcemap: false,
    // Every browser that runs es2024 preloads modules itself.
    modulePreload: { polyfill: false },
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: join(root, "index.html"), sw: join(root, "sw", "sw.ts") },
      output: { entryFileNames: ({ name }) => (name === "sw" ? SW_FILE : "assets/[name]-[hash].js") },
    },
  },
};

/**
 * Fills `__PRECACHE__` (addresses of every built and public file but the page and the worker itself) and `__BUILD__` (a
 * hash of all of them, so that any change makes a new cache) into the service worker.
 */
function precache(): Plugin {
  return {
    name: "kelpie-precache",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle[SW_FILE];
      if (worker?.type !== "chunk") return;
      const hash = createHash("sha256").update(worker.code);
      const built = Object.entries(bundle).filter(([name]) => name !== SW_FILE);
      for (const [name, file] of built) hash.update(name).update(file.type === "chunk" ? file.code : file.source);
      const files = built.map(([name]) => name).filter((name) => !name.endsWith(".html"));
      const list = [...files, ...publicFiles()].map((name) => `/${name}`).toSorted();
      worker.code = worker.code
        .replaceAll("__PRECACHE__", JSON.stringify(list))
        .replaceAll("__BUILD__", JSON.stringify(hash.digest("hex").slice(0, 16)));
    },
  };
}

function publicFiles(): string[] {
  return readdirSync(publicDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(publicDir.length + 1));
}

function versionOf(file: string): string {
  const facts: unknown = JSON.parse(readFileSync(file, "utf8"));
  const hasVersion = typeof facts === "object" && facts !== null && "version" in facts;
  return hasVersion && typeof facts.version === "string" ? facts.version : "unknown";
}
