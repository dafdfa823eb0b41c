// Which modes and models a session offers, and the request that chooses one. Agents say it in three ways: `modes`,
// `models`, and `configOptions` with a category.
import type { ConfigOption, SessionResult } from "./shapes.ts";

export interface Choice {
  readonly id: string;
  readonly name: string;
}

interface Chooser {
  readonly current: string | undefined;
  readonly choices: readonly Choice[];
  /** Method and params that choose `id` in the session. */
  request(sessionId: string, id: string): { readonly method: string; readonly params: unknown };
}

export interface Offer {
  readonly modes: readonly Chooser[];
  readonly models: readonly Chooser[];
}

/** Choosers in the order of preference; the first that knows an id is asked. */
export function offerOf(result: SessionResult): Offer {
  const options = result.configOptions ?? [];
  const { modes, models } = result;
  return {
    modes: [
      ...(modes == null ? [] : [modeChooser(modes.currentModeId, modes.availableModes)]),
      ...configChoosers(options, "mode"),
    ],
    models: [
      ...(models == null ? [] : [modelChooser(models.currentModelId, models.availableModels)]),
      ...configChoosers(options, "model"),
    ],
  };
}

/** Every id that can be chosen, without repetition. */
export function choicesOf(choosers: readonly Chooser[]): Choice[] {
  const byId = new Map(choosers.flatMap((chooser) => chooser.choices).map((choice) => [choice.id, choice]));
  return [...byId.values()];
}

/** The chooser that knows `id`; undefined when the agent does not offer it. */
export function chooserFor(choosers: readonly Chooser[], id: string): Chooser | undefined {
  return choosers.find((chooser) => chooser.choices.some((choice) => choice.id === id));
}

function modeChooser(current: string, modes: readonly Choice[]): Chooser {
  return {
    current,
    choices: modes.map(({ id, name }) => ({ id, name })),
    request: (sessionId, modeId) => ({ method: "session/set_mode", params: { sessionId, modeId } }),
  };
}

function modelChooser(current: string, models: readonly { modelId: string; name: string }[]): Chooser {
  return {
    current,
    choices: models.map(({ modelId, name }) => ({ id: modelId, name })),
    request: (sessionId, modelId) => ({ method: "session/set_model", params: { sessionId, modelId } }),
  };
}

function configChoosers(options: readonly ConfigOption[], category: string): Chooser[] {
  return options
    .filter((option) => option.category === category)
    .map((option) => ({
      current: typeof option.currentValue === "string" ? option.currentValue : undefined,
      choices: (option.options ?? [])
        .flatMap((entry) => ("options" in entry && Array.isArray(entry.options) ? entry.options : [entry]))
        .flatMap(choiceOf),
      request: (sessionId, value) => ({
        method: "session/set_config_option",
        params: { sessionId, configId: option.id, value },
      }),
    }));
}

function choiceOf(entry: object): Choice[] {
  if (!("value" in entry) || !("name" in entry)) return [];
  const { value, name } = entry;
  return typeof value === "string" && typeof name === "string" ? [{ id: value, name }] : [];
}
