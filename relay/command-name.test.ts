import { afterEach, expect, test } from "vitest";
import { calledWith, kelpie } from "./command-name.ts";

afterEach(() => calledWith({}));

test("the command line is named as it can be typed: through npm in a clone, where flags need a mark of their own", () => {
  expect(kelpie("pair")).toBe("kelpie pair");
  calledWith({ npm_lifecycle_event: "start" });
  expect(kelpie("pair")).toBe("npm run kelpie pair");
  expect(kelpie("trust --yes")).toBe("npm run kelpie -- trust --yes");
});
