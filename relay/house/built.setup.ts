// Global set-up of the test projects that need the built Worker or the built web app: built once, then inject()ed.
import { mkdir, readFile } from "node:fs/promises";
import type { TestProject } from "vitest/node";
import { type BuildPart, ensureBuilt } from "../embedded/build.ts";
import { E2E_PROJECT, LONG_PROJECT } from "./projects.ts";

/** Provides `workerScript` and `assetsDir`. A part that does not build fails the tests that use it, not the others. */
export default async function setup(project: TestProject): Promise<void> {
  const { workerFile, assetsDir } = await ensureBuilt([]);
  const workerProblem = await tryToBuild("worker");
  const workerScript =
    workerProblem === undefined
      ? await readFile(workerFile, "utf8")
      : `throw new Error(${JSON.stringify(workerProblem)});`;
  project.provide("workerScript", workerScript);

  if (project.name === E2E_PROJECT || project.name === LONG_PROJECT) await tryToBuild("web");
  await mkdir(assetsDir, { recursive: true });
  project.provide("assetsDir", assetsDir);
}

async function tryToBuild(part: BuildPart): Promise<string | undefined> {
  try {
    await ensureBuilt([part]);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(reason);
    return reason;
  }
}
