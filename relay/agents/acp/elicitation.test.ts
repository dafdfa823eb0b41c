import { describe, expect, test } from "vitest";
import { questionRequest } from "../../../schema/index.ts";
import { contentOf, elicitationParams, questionsOf } from "./elicitation.ts";

function form(properties: Record<string, object>) {
  return elicitationParams.parse({ mode: "form", message: "Tell me", requestedSchema: { type: "object", properties } });
}

const colour = {
  type: "string",
  title: "Colour",
  oneOf: [
    { const: "r", title: "Red" },
    { const: "b", title: "Blue" },
  ],
};
const sizes = { type: "array", description: "Which sizes?", items: { type: "string", enum: ["S", "M", "L"] } };
const agree = { type: "boolean", title: "Agree" };
const name = { type: "string", title: "Name" };
const age = { type: "integer", title: "Age" };

describe("questions", () => {
  test("come one per field, a custom text beside a choice is none of its own", () => {
    const questions = questionsOf(form({ colour, colour_custom: { type: "string" }, sizes, agree, name }));
    expect(questionRequest.parse(questions).questions).toEqual([
      { question: "Colour", header: "Colour", multiSelect: false, options: [{ label: "Red" }, { label: "Blue" }] },
      { question: "Which sizes?", multiSelect: true, options: [{ label: "S" }, { label: "M" }, { label: "L" }] },
      { question: "Agree", header: "Agree", multiSelect: false, options: [{ label: "Yes" }, { label: "No" }] },
      { question: "Name", header: "Name", multiSelect: false, options: [] },
    ]);
  });

  test("a single field is asked in the message's words", () => {
    expect(questionsOf(form({ colour })).questions[0]?.question).toBe("Tell me");
  });
});

describe("answers", () => {
  test.each([
    ["one choice", { colour }, { choices: [[1]] }, { colour: "b" }],
    ["several choices", { sizes }, { choices: [[0, 2]] }, { sizes: ["S", "L"] }],
    ["yes or no", { agree }, { choices: [[1]] }, { agree: false }],
    ["a text for a text field", { name }, { text: "Ada" }, { name: "Ada" }],
    ["a number in words", { age }, { text: "36" }, { age: 36 }],
    ["a text of one's own", { colour, colour_custom: name }, { text: "Green" }, { colour_custom: "Green" }],
    [
      "a choice with a note",
      { colour, colour_custom: name },
      { choices: [[0]], text: "dark" },
      { colour: "r", colour_custom: "dark" },
    ],
    ["two fields", { colour, agree }, { choices: [[0], [0]] }, { colour: "r", agree: true }],
    ["only the second field", { colour, agree }, { choices: [[], [0]] }, { agree: true }],
  ])("%s", (_what, properties, answer, content) => {
    expect(contentOf(form(properties), answer)).toEqual(content);
  });

  test.each([
    ["nothing at all", { colour }, {}],
    ["no choice of several", { sizes }, { choices: [[]] }],
    ["a choice that was not offered", { colour }, { choices: [[2]] }],
    ["two choices where one is wanted", { colour }, { choices: [[0, 1]] }],
    ["more questions than were asked", { colour }, { choices: [[0], [0]] }],
    ["a text where none is taken", { colour }, { choices: [[0]], text: "x" }],
    ["words for a number", { age }, { text: "many" }],
  ])("%s is E_SCHEMA", (_what, properties, answer) => {
    expect(() => contentOf(form(properties), answer)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
  });
});
