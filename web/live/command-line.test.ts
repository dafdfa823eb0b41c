import { expect, test } from "vitest";
import { startCommand, throughNpm } from "./command-line.ts";

test("npm takes no word of ours that begins with a dash for its own", () => {
  expect(throughNpm("devices confirm -- -abc")).toBe("npm run kelpie -- devices confirm -- -abc");
  expect(throughNpm("pair")).toBe("npm run kelpie pair");
});

test("a machine is started as it was: with its own Worker, or with the one it is connected to", () => {
  expect(startCommand(true, "https://kelpie.example")).toBe("npm start");
  expect(startCommand(false, "https://kelpie.example")).toBe("npm run kelpie connect https://kelpie.example");
});
