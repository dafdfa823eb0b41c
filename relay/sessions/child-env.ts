// Which variables of the relay's environment an agent gets. A list of what passes, never of what does not: a secret
// nobody thought of must not reach a program that a model steers.

/** Names that pass as they are. Each group says why an agent needs it. */
const NAMES: ReadonlySet<string> = new Set([
  // Finding programs, files and the person; PATH is the login shell's, where the relay knows it.
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP"],
  // Words and time as the person reads them.
  ...["LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR", "EDITOR", "VISUAL"],
  // Reaching the provider through the network the person has.
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"],
  // Pushing and signing as the person: a socket that signs, no key.
  ...["SSH_AUTH_SOCK", "GPG_TTY", "GNUPGHOME", "GH_CONFIG_DIR", "GH_TOKEN", "GITHUB_TOKEN"],
  // Toolchains found by a variable.
  ...["JAVA_HOME", "GOPATH", "GOROOT", "CARGO_HOME", "RUSTUP_HOME", "PNPM_HOME", "BUN_INSTALL", "DENO_DIR"],
  ...["NVM_DIR", "VOLTA_HOME", "ASDF_DIR", "MISE_DATA_DIR", "PYENV_ROOT", "VIRTUAL_ENV", "ANDROID_HOME", "DOCKER_HOST"],
  // Windows finds nothing without these.
  ...["SystemRoot", "ComSpec", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "ProgramFiles", "ProgramData"],
]);

/** Beginnings of the agents' own variables (logins, base URLs, folders), and of standard families. */
const PREFIXES: readonly string[] = [
  ...["ANTHROPIC_", "CLAUDE_", "CODEX_", "OPENAI_", "AZURE_OPENAI_", "GEMINI_", "GOOGLE_", "OPENCODE_", "OPENROUTER_"],
  ...["MISTRAL_", "DEEPSEEK_", "GROQ_", "XAI_", "OLLAMA_", "RALPH_"],
  // Claude on Bedrock signs in with these.
  ...["AWS_"],
  ...["LC_", "XDG_"],
];

/** Marks an agent leaves for what it starts itself: found by another, they make it think it is nested. */
const NESTING_MARKS: ReadonlySet<string> = new Set([
  ...["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_REMOTE"],
  ...["CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CODEX_THREAD_ID", "GEMINI_CLI", "OPENCODE"],
]);

/** What an agent's environment is made of. */
export interface ChildEnvSource {
  /** The relay's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** PATH as the person's login shell has it: a relay started by launchd or systemd knows only a short one. */
  readonly loginPath?: string;
}

/** The whole environment of an agent process. No KELPIE_ variable passes. */
export function childEnv({ env, loginPath }: ChildEnvSource): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && passes(name)) passed[name] = value;
  }
  if (loginPath !== undefined && loginPath !== "") passed["PATH"] = loginPath;
  return { TERM: "dumb", ...passed };
}

function passes(name: string): boolean {
  if (NESTING_MARKS.has(name)) return false;
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}
