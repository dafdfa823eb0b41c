import { expect, test } from "vitest";
import { utf8 } from "../../schema/index.ts";
import { listPrograms, type ProjectFiles } from "./program-files.ts";

function project(files: Readonly<Record<string, string>>): ProjectFiles {
  return {
    read: async (path) => (files[path] === undefined ? null : utf8(files[path])),
    list: async (folder) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`))
        .sort(),
  };
}

const config = (lines: string) => ({ ".git/config": lines });

test.each<[string, Record<string, string>]>([
  ["claude's settings", { ".claude/settings.json": "{}" }],
  ["claude's local settings", { ".claude/settings.local.json": "{}" }],
  ["claude's hook programs", { ".claude/hooks/pre.sh": "#!/bin/sh" }],
  ["MCP servers", { ".mcp.json": "{}" }],
  ["codex's folder", { ".codex/config.toml": "x" }],
  ["gemini's settings", { ".gemini/settings.json": "{}" }],
  ["gemini's extensions", { ".gemini/extensions/a/gemini-extension.json": "{}" }],
  ["opencode's settings", { "opencode.json": "{}" }],
  ["opencode's plugins", { ".opencode/plugin/a.ts": "x" }],
  ["an agent definition with hooks", { ".claude/agents/a.md": "---\nname: a\nhooks:\n  x: y\n---\nwords" }],
  ["a command that runs at once", { ".claude/commands/a.md": "See !`git status`" }],
  ["an env file with a base URL", { ".env": "ANTHROPIC_BASE_URL=http://evil" }],
  ["an env file with NODE_OPTIONS", { ".env": "export NODE_OPTIONS=--require=./x.js" }],
  ["a git hook", { ".git/hooks/post-checkout": "#!/bin/sh" }],
  ["a hook in a folder of the project", { ...config("[core]\n\thooksPath = .husky"), ".husky/pre-push": "x" }],
  [
    "a hook in a folder written with slashes",
    { ...config("[core]\n\thooksPath = ./.husky///"), ".husky/pre-push": "x" },
  ],
  ["spaces around a section's parts", config('[ filter  "a"  ] clean = x')],
  ["powers behind blank lines", { ".claude/agents/a.md": "---\n\n\n  hooks :\n---\nwords" }],
  ["fsmonitor", config("[core]\n\tfsmonitor = ./x")],
  ["a key after its section on one line", config("[core] sshCommand = ./x")],
  ["an upper-case key", config("[CORE]\nSSHCOMMAND=x")],
  ["a filter", config('[filter "a"]\n\tsmudge = ./x')],
  ["a filter in the old spelling", config("[filter.a]\nclean=x")],
  ["textconv", config('[diff "a"]\n\ttextconv = ./x')],
  ["an external diff", config("[diff]\n\texternal = ./x")],
  ["gpg", config("[gpg]\n\tprogram = ./x")],
  ["gpg by format", config('[gpg "ssh"]\n\tprogram = ./x')],
  ["alternates", config("[core]\n\talternateRefsCommand = ./x")],
  ["an include", config("[include]\n\tpath = ../x")],
  ["a conditional include", config('[includeIf "gitdir:~/"]\n\tpath = x')],
  ["a credential helper", config('[credential "https://x"]\n\thelper = !x')],
  ["a shell alias", config("[alias]\n\tx = !rm")],
  ["a pager of one command", config("[pager]\n\tlog = ./x")],
  ["a remote that is a program", config('[remote "o"]\n\turl = ext::sh -c x')],
  ["a submodule's update command", config('[submodule "a"]\n\tupdate = !x')],
  ["a url rewrite", config('[url "ext::x"]\n\tinsteadOf = https://')],
  ["a key continued on the next line", config("[core]\n\tfsmonitor = \\\n ./x")],
  // What git reads and a careless reader misses; each was put to git 2.39.
  ["a key after a comment that ends in a backslash", config("[core]\n# x \\\nfsmonitor = ./x")],
  ["a key after a value that ends in a backslash", config("[core]\na = b\\\\\nfsmonitor = ./x")],
  ["a key after a value's comment that ends in a backslash", config("[core]\na = b ; c \\\nfsmonitor = ./x")],
  ["a second section on one line", config('[core] [filter "a"] clean = ./x')],
  ["a value with a line separator in it", config('[core]\nfsmonitor = "./x #\u2028"')],
  ["a value with a carriage return in it", config("[core]\nfsmonitor = ./x ;\ry")],
  ["a subsection with an escaped line separator", config('[core]\n[filter "a\\\u2028"]\nclean = ./x')],
  ["a shell alias continued on the next line", config("[alias]\nx = \\\n!rm")],
  ["a program for archives", config('[tar "x"]\n\tcommand = ./x')],
  ["a program at cleaning up", config("[gc]\n\trecentObjectsHook = ./x")],
  ["a program of git-lfs", config('[lfs "customtransfer.a"]\n\tpath = ./x')],
  ["attributes with a filter", { ".gitattributes": "*.bin filter=evil" }],
  ["attributes in the git folder", { ".git/info/attributes": "* diff=evil" }],
])("%s can start a program", async (_what, files) => {
  expect((await listPrograms(project(files))).files).not.toEqual([]);
});

test.each<[string, Record<string, string>]>([
  ["nothing at all", {}],
  ["instructions", { "CLAUDE.md": "x", "AGENTS.md": "x", ".gemini/GEMINI.md": "x" }],
  ["an agent definition without powers", { ".claude/agents/a.md": "---\nname: a\n---\nwords" }],
  ["an env file of the program's own", { ".env": "DATABASE_URL=x\n# PATH=y\nPORT=1" }],
  ["git's own samples", { ".git/hooks/pre-commit.sample": "#!/bin/sh" }],
  [
    "an ordinary configuration",
    config(
      '[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n\turl = git@github.com:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n[user]\n\tname = A\n[alias]\n\tst = status\n# [include]\n; path = x',
    ),
  ],
  ["ordinary attributes", { ".gitattributes": "# *.x filter=y\n* text=auto\n*.png binary\n*.md merge=union" }],
])("%s cannot", async (_what, files) => {
  expect((await listPrograms(project(files))).files).toEqual([]);
});

test("the digest changes with a file's content, a new file and a removed one, and with nothing else", async () => {
  const digest = async (files: Readonly<Record<string, string>>) => (await listPrograms(project(files))).digest;
  const base = { ".mcp.json": "{}", "readme.md": "a" };
  const digests = await Promise.all([
    digest(base),
    digest({ ...base, ".mcp.json": "{ }" }),
    digest({ ...base, "opencode.json": "{}" }),
    digest({ "readme.md": "a" }),
  ]);
  expect(new Set(digests).size).toBe(4);
  expect(await digest({ ...base, "readme.md": "b" })).toBe(digests[0]);
});

test("values of env files are not shown, but count", async () => {
  const one = await listPrograms(project({ ".env": "GEMINI_API_KEY=secret-1" }));
  const two = await listPrograms(project({ ".env": "GEMINI_API_KEY=secret-2" }));
  expect(JSON.stringify(one)).not.toContain("secret");
  expect(one.files[0]?.text).toBe("GEMINI_API_KEY=…");
  expect(one.digest).not.toBe(two.digest);
});
