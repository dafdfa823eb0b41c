import { describe, expect, test } from "vitest";
import { chooserFor, choicesOf, offerOf } from "./offer.ts";
import { sessionResult } from "./shapes.ts";

const offer = (result: object) => offerOf(sessionResult.parse(result));

const modes = {
  currentModeId: "a",
  availableModes: [
    { id: "a", name: "Ask" },
    { id: "b", name: "Bypass" },
  ],
};
const models = { currentModelId: "m[low]", availableModels: [{ modelId: "m[low]", name: "M low" }] };
const modelOption = { id: "model", category: "model", currentValue: "m", options: [{ value: "m", name: "M" }] };

describe("what a session offers", () => {
  test("modes are chosen by session/set_mode", () => {
    const { modes: choosers } = offer({ modes });
    expect(choosers[0]?.current).toBe("a");
    expect(chooserFor(choosers, "b")?.request("s", "b")).toEqual({
      method: "session/set_mode",
      params: { sessionId: "s", modeId: "b" },
    });
  });

  test("an agent without modes may have a mode among its options", () => {
    const options = [{ ...modelOption, id: "agent", category: "mode" }];
    expect(chooserFor(offer({ configOptions: options }).modes, "m")?.request("s", "m")).toEqual({
      method: "session/set_config_option",
      params: { sessionId: "s", configId: "agent", value: "m" },
    });
  });

  test("a model is looked for in the old list and in the options", () => {
    const { models: choosers } = offer({ models, configOptions: [modelOption] });
    expect(choicesOf(choosers).map(({ id }) => id)).toEqual(["m[low]", "m"]);
    expect(chooserFor(choosers, "m[low]")?.request("s", "m[low]").method).toBe("session/set_model");
    expect(chooserFor(choosers, "m")?.request("s", "m").method).toBe("session/set_config_option");
  });

  test("grouped options are one list", () => {
    const options = [
      { name: "Group", options: [{ value: "x", name: "X" }] },
      { name: "Other", options: [{ value: "y", name: "Y" }] },
    ];
    expect(choicesOf(offer({ configOptions: [{ ...modelOption, options }] }).models)).toEqual([
      { id: "x", name: "X" },
      { id: "y", name: "Y" },
    ]);
  });

  test("what is not offered is chosen by nobody, and nothing is offered by a bare agent", () => {
    expect(chooserFor(offer({ modes }).modes, "c")).toBeUndefined();
    expect(offer({ sessionId: "s" })).toEqual({ modes: [], models: [] });
    expect(offer({ configOptions: [{ id: "effort", category: "thought_level" }] })).toEqual({ modes: [], models: [] });
  });
});
