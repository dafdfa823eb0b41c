// Runs vite on one part of the product, as a process of its own (see build.ts): bundle.ts <worker|web> <outDir>.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { build } from "vite";

const root = dirname(dirname(import.meta.dirname));

/** Bundles worker/ into one ES module, `index.mjs`; only what the runtime brings stays outside. */
async function bundleWorker(outDir: string): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      ssr: "worker/index.ts",
      outDir,
      emptyOutDir: true,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        external: [/^cloudflare:/, /^node:/],
        output: { entryFileNames: "index.mjs", codeSplitting: false },
      },
    },
    ssr: {
      target: "webworker",
      noExternal: true,
      resolve: { conditions: ["workerd", "worker", "module", "browser"] },
    },
  });
}

async function bundleWeb(outDir: string): Promise<void> {
  const configFile = join(root, "web", "vite.config.ts");
  if (!existsSync(configFile)) throw new Error("web/vite.config.ts is missing");
  await build({ root: join(root, "web"), configFile, logLevel: "warn", build: { outDir, emptyOutDir: true } });
}

const [part, outDir] = process.argv.slice(2);
// Whoever asks for the build may be a test run, and its "test" would bring the development build of every library.
process.env["NODE_ENV"] = "production";
if (outDir === undefined || (part !== "worker" && part !== "web"))
  throw new TypeError("bundle.ts <worker|web> <outDir>");
try {
  await (part === "worker" ? bundleWorker(outDir) : bundleWeb(outDir));
} catch (error) {
  // The bundler's message names file and line; its stack is the bundler's own.
  console.error(stripVTControlCharacters(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
