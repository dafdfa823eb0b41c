// Which folders a device may add projects from: asked once, by the first start in a terminal.
import { dirname, resolve } from "node:path";
import type { UpOptions } from "../cli/program.ts";
import type { Terminal } from "../cli/terminal.ts";
import { readSettings, writeSettings } from "../state/settings.ts";

/** The folders of the policy; empty until the question was answered. */
export async function askProjectFolders(
  path: string,
  options: UpOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  const settings = readSettings(path);
  const { projectFolders } = settings.policy;
  if (projectFolders !== null || options.json || !terminal.isInteractive) return projectFolders ?? [];
  const proposed = dirname(resolve(terminal.cwd, options.paths[0] ?? "."));
  const typed = await terminal.ask(`Devices may add projects below which folder? [${proposed}, or - for none] `);
  if (typed === null) return [];
  const answer = typed.trim() === "" ? proposed : typed.trim();
  const folders = answer === "-" ? [] : [resolve(terminal.cwd, answer)];
  writeSettings(path, { ...settings, policy: { ...settings.policy, projectFolders: folders } });
  return folders;
}
