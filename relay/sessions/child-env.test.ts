import { expect, test } from "vitest";
import { childEnv } from "./child-env.ts";

test.each([
  ["PATH", "/bin"],
  ["HOME", "/home/me"],
  ["LANG", "C.UTF-8"],
  ["LC_ALL", "C.UTF-8"],
  ["SSH_AUTH_SOCK", "/run/agent"],
  ["ANTHROPIC_API_KEY", "k"],
  ["CLAUDE_CONFIG_DIR", "/c"],
  ["CODEX_HOME", "/x"],
  ["GEMINI_API_KEY", "k"],
  ["OPENCODE_CONFIG", "/o"],
  ["XDG_CONFIG_HOME", "/g"],
  ["https_proxy", "http://127.0.0.1:1"],
])("%s passes to the agent", (name, value) => {
  expect(childEnv({ env: { [name]: value } })[name]).toBe(value);
});

test.each([
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CODEX_SANDBOX",
  "GEMINI_CLI",
  "KELPIE_HOME",
  "KELPIE_TOKEN",
  "CLOUDFLARE_API_TOKEN",
  "NODE_OPTIONS",
  "LD_PRELOAD",
  "DATABASE_URL",
  "npm_config_registry",
])("%s does not pass to the agent", (name) => {
  expect(childEnv({ env: { [name]: "x" } })).not.toHaveProperty(name);
});

test("the login shell's PATH wins over the relay's own", () => {
  expect(childEnv({ env: { PATH: "/usr/bin" }, loginPath: "/opt/bin:/usr/bin" })["PATH"]).toBe("/opt/bin:/usr/bin");
});

test("nothing of Kelpie's own passes", () => {
  expect(childEnv({ env: { KELPIE_DEMO_STATE: "/d", TERM: "xterm" } })).toEqual({ TERM: "xterm" });
});
