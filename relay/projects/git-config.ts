// Which settings of a git configuration or attributes file can start a program, or move git to files we have not seen.

/** One setting: section and name in lower case, the subsection as written. */
interface Setting {
  readonly section: string;
  readonly sub: string | undefined;
  readonly name: string;
  readonly value: string;
}

/** `section.name`, or `section.*.name` for any subsection; git-config(1) of 2.39 to 2.53. */
const PROGRAM_KEYS: ReadonlySet<string> = new Set([
  ...["core.fsmonitor", "core.hookspath", "core.sshcommand", "core.pager", "core.editor", "core.askpass"],
  ...["core.gitproxy", "core.alternaterefscommand", "core.attributesfile", "core.worktree", "sequence.editor"],
  ...["diff.external", "diff.*.command", "diff.*.textconv", "diff.tool", "diff.guitool", "merge.tool", "merge.guitool"],
  ...["difftool.*.cmd", "difftool.*.path", "mergetool.*.cmd", "mergetool.*.path", "merge.*.driver"],
  ...["filter.*.clean", "filter.*.smudge", "filter.*.process", "interactive.difffilter"],
  ...["gpg.program", "gpg.*.program", "gpg.ssh.defaultkeycommand", "gpg.*.defaultkeycommand"],
  ...["credential.helper", "credential.*.helper"],
  ...["include.path", "includeif.*.path", "init.templatedir", "hook.*.command"],
  ...["remote.*.uploadpack", "remote.*.receivepack", "remote.*.vcs"],
  ...["submodule.*.update", "uploadpack.packobjectshook", "trailer.*.command", "trailer.*.cmd", "web.browser"],
  ...["browser.*.cmd", "browser.*.path", "man.*.cmd", "man.*.path", "instaweb.httpd", "help.browser"],
  ...["sendemail.sendmailcmd", "sendemail.tocmd", "sendemail.cccmd", "sendemail.headercmd", "sendemail.smtpserver"],
  ...["imap.tunnel", "tar.*.command", "gc.recentobjectshook", "lfs.*.path", "lfs.*.clean", "lfs.*.smudge"],
]);

/** Sections in which every setting counts. */
const PROGRAM_SECTIONS: ReadonlySet<string> = new Set(["pager", "protocol", "url"]);

/** True when a git configuration holds a key that can start a program or include another file. */
export function configCanStart(text: string): boolean {
  return parseSettings(text).some(canStart);
}

/** Every value of `core.hooksPath`, as written: which of them counts is git's affair. */
export function hooksPathsOf(text: string): readonly string[] {
  const found = parseSettings(text).filter(({ section, name }) => section === "core" && name === "hookspath");
  return [...new Set(found.map(({ value }) => value))];
}

/** True when attributes name a driver of their own: what it runs is another file's word. */
export function attributesCanStart(text: string): boolean {
  return text.split("\n").some((line) => {
    const [pattern, ...attributes] = line.trim().split(/\s+/);
    return pattern !== undefined && !pattern.startsWith("#") && attributes.some(isOwnDriver);
  });
}

function isOwnDriver(attribute: string): boolean {
  const [name, driver] = attribute.split("=");
  if (driver === undefined) return false;
  if (name === "filter" || name === "diff") return true;
  return name === "merge" && !["text", "binary", "union"].includes(driver);
}

function canStart({ section, sub, name, value }: Setting): boolean {
  if (PROGRAM_SECTIONS.has(section)) return true;
  if (section === "alias") return value.trimStart().startsWith("!");
  // `ext::` and other transports that are programs; "<name>::<address>" (gitremote-helpers(7)).
  if (section === "remote" && (name === "url" || name === "pushurl")) return /^[a-z0-9+-]*::/i.test(value);
  if (section === "submodule" && name === "url") return /^[a-z0-9+-]*::/i.test(value);
  // Old spelling: [filter.name] means the same as [filter "name"].
  const [head = section, ...rest] = section.split(".");
  const isSubsection = sub !== undefined || rest.length > 0;
  return PROGRAM_KEYS.has(isSubsection ? `${head}.*.${name}` : `${head}.${name}`);
}

/**
 * Lenient on purpose: where git would refuse a line we still read what looks like a setting, because asking too often
 * is the safe mistake. Read twice for the same reason: only git knows whether a backslash at a line's end goes on (in a
 * value it does, in a comment or after another backslash it does not), so a setting of either reading counts.
 */
function parseSettings(text: string): Setting[] {
  const joined = text.replaceAll(/\\\r?\n/g, "");
  return joined.length === text.length ? readLines(text) : [...readLines(text), ...readLines(joined)];
}

// "." must match everything but \n here (flag s): a lone \r or a Unicode line separator ends no line for git.
const SECTION = /^\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\]|\\.)*)"\s*)?\]/s;
const SETTING = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/s;

function readLines(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = "";
  let sub: string | undefined;
  for (const whole of text.split("\n")) {
    let line = whole.trim();
    if (line === "") continue;
    // Several may stand on one line, and a setting behind them.
    for (let header = SECTION.exec(line); header !== null; header = SECTION.exec(line)) {
      section = (header[1] ?? "").toLowerCase();
      sub = header[2]?.replaceAll(/\\(.)/gs, "$1");
      line = line.slice(header[0].length).trim();
    }
    const found = SETTING.exec(line);
    if (found === null) continue;
    settings.push({ section, sub, name: (found[1] ?? "").toLowerCase(), value: unquote(found[2] ?? "") });
  }
  return settings;
}

function unquote(value: string): string {
  return value.replaceAll(/\\(.)/g, "$1").replaceAll('"', "").trim();
}
