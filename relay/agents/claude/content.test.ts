import { expect, test } from "vitest";
import { userContent } from "./content.ts";

test("a prompt's text, picture, link and file reach claude as blocks it takes", () => {
  const blocks = userContent([
    { type: "text", text: "Look" },
    { type: "image", data: "AA==", mimeType: "image/png" },
    { type: "resource_link", uri: "file:///w/a%20b.ts", name: "a b.ts" },
    { type: "resource", resource: { uri: "file:///w/c.ts", text: "let c" } },
  ]);
  expect(blocks).toEqual([
    { type: "text", text: "Look" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
    { type: "text", text: "@/w/a b.ts" },
    { type: "text", text: '<file path="/w/c.ts">\nlet c\n</file>' },
  ]);
});

test("what claude cannot take is refused, and so is nothing", () => {
  const refused = expect.objectContaining({ code: "E_SCHEMA" });
  expect(() => userContent([{ type: "audio", data: "AA==", mimeType: "audio/wav" }])).toThrow(refused);
  expect(() => userContent([{ type: "resource", resource: { uri: "file:///x", blob: "AA==" } }])).toThrow(refused);
  expect(() => userContent([])).toThrow(refused);
});
