import { expect, test } from "vitest";
import { kelpie } from "./command-name.ts";

test("the command line is named as it can be typed: through npm in a clone, where flags need a mark of their own", () => {
  expect(kelpie("pair", {})).toBe("kelpie pair");
  expect(kelpie("pair", { npm_lifecycle_event: "start" })).toBe("npm run kelpie pair");
  expect(kelpie("trust --yes", { npm_lifecycle_event: "start" })).toBe("npm run kelpie -- trust --yes");
});
