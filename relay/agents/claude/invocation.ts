// How claude is started for a session: arguments and environment.
import { withoutHostVariables, type Environment } from "../detect.ts";
import type { OpenOptions } from "../driver.ts";

/** Long-lived and two-way; questions of permission come over stdio. */
export const STREAM_ARGS: readonly string[] = [
  "-p",
  "--input-format=stream-json",
  "--output-format=stream-json",
  "--verbose",
  "--include-partial-messages",
  "--permission-prompt-tool=stdio",
];

/** Values are joined to their names, so that none can be taken for a flag. */
export function sessionArgs({
  resume,
  fork,
  mode,
  model,
}: Pick<OpenOptions, "resume" | "fork" | "mode" | "model">): string[] {
  return [
    ...STREAM_ARGS,
    ...(resume === undefined ? [] : [`--resume=${resume}`]),
    ...(fork === true ? ["--fork-session"] : []),
    // The same mode is `default` in events and `manual` on the command line (2.1.329).
    ...(mode === undefined ? [] : [`--permission-mode=${mode === "default" ? "manual" : mode}`]),
    ...(model === undefined ? [] : [`--model=${model}`]),
  ];
}

/** Without the marks of an enclosing program: a claude that finds those of another one takes itself for a nested run. */
export function claudeEnv(env: Readonly<Record<string, string>>): Environment {
  return withoutHostVariables(env);
}
