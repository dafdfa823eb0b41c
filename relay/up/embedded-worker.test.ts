import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeSettings } from "../state/settings.ts";
import { asksDigits, embeddedSettings, requireUsable } from "./embedded-worker.ts";

test.each([
  [{}, false],
  [{ host: "127.0.0.1" }, false],
  [{ host: "::1" }, false],
  [{ host: "0.0.0.0" }, true],
  [{ host: "::" }, true],
  [{ host: "*" }, true],
  [{ host: "192.168.1.7" }, true],
  [{ host: "localhost.example" }, true],
  [{ origin: "https://kelpie.example" }, true],
  [{ host: "127.0.0.1", origin: "http://localhost:1" }, true],
])("S6: pairing with %j asks for digits: %s", (told, asks) => {
  expect(asksDigits(told)).toBe(asks);
});

test("a folder that belongs to a Worker elsewhere keeps its settings and says where it belongs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-up-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const settings = join(folder, "settings.json");
  const policy = { projectFolders: null, machineName: null };
  writeSettings(settings, { worker: { mode: "remote", origin: "https://kelpie.example" }, policy });
  const before = readFileSync(settings, "utf8");
  const refusal = {
    code: "E_POLICY",
    data: { next: expect.stringContaining("kelpie connect https://kelpie.example") },
  };
  await expect(embeddedSettings({ settings }, {})).rejects.toMatchObject(refusal);
  expect(readFileSync(settings, "utf8")).toBe(before);
});

test.each([{ host: "0.0.0.0" }, { host: "::" }])("nobody is sent to %j, which is no address to go to", (told) => {
  expect(() => requireUsable(told)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
  expect(() => requireUsable({ ...told, origin: "https://kelpie.example" })).not.toThrow();
  expect(() => requireUsable({ host: "192.168.1.7" })).not.toThrow();
});
