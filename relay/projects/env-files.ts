// Env files that agents load from a project. One that only holds a database's address can start nothing; one that sets
// an agent's base URL, or a variable that makes programs load code, can.

const AGENT_NAMES =
  /^(ANTHROPIC|CLAUDE|CODEX|OPENAI|GEMINI|GOOGLE|OPENCODE|AWS|AZURE|RALPH|KELPIE|GIT|SSH|LD|DYLD|NPM)_/i;
const PROGRAM_NAMES: ReadonlySet<string> = new Set([
  ...["PATH", "SHELL", "HOME", "BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND", "EDITOR", "VISUAL", "PAGER", "BROWSER"],
  ...["NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "RUBYOPT", "RUBYLIB", "PERL5OPT"],
  ...["PERL5LIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "SANDBOX", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"],
  ...["NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "DEBUGINFOD_URLS", "IFS", "CDPATH"],
]);

const ASSIGNMENT = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]/;

/** True when the file sets a variable that an agent, or a program it starts, acts on. */
export function isProgramEnv(text: string): boolean {
  return text.split("\n").some((line) => {
    const name = ASSIGNMENT.exec(line)?.[2];
    return name !== undefined && (AGENT_NAMES.test(name) || PROGRAM_NAMES.has(name.toUpperCase()));
  });
}

/** The names without their values: the list is shown on devices, and values are often secrets. */
export function withoutEnvValues(text: string): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const found = ASSIGNMENT.exec(line);
      return found === null ? [] : [`${found[2] ?? ""}=…`];
    })
    .join("\n");
}
