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
  ...["imap.tunnel"],
]);

/** Sections in which every setting counts. */
const PROGRAM_SECTIONS: ReadonlySet<string> = new Set(["pager", "protocol", "url"]);

/** True when a git configuration holds a key that can start a program or include another file. */
export function configCanStart(text: string): boolean {
  return parseSettings(text).some(canStart);
}

/** Value of `core.hooksPath`, as written. */
export function hooksPathOf(text: string): string | undefined {
  return parseSettings(text).findLast(({ section, name }) => section === "core" && name === "hookspath")?.value;
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
 * is the safe mistake.
 */
function parseSettings(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = "";
  let sub: string | undefined;
  const joined = text.replaceAll(/\\\r?\n/g, "");
  for (const whole of joined.split(/\r?\n/)) {
    let line = whole.trim();
    const header = /^\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header !== null) {
      section = (header[1] ?? "").toLowerCase();
      sub = header[2]?.replaceAll(/\\(.)/g, "$1");
      line = line.slice(header[0].length).trim();
    }
    const found = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(line);
    if (found === null) continue;
    settings.push({ section, sub, name: (found[1] ?? "").toLowerCase(), value: unquote(found[2] ?? "") });
  }
  return settings;
}

function unquote(value: string): string {
  return value.replaceAll(/\\(.)/g, "$1").replaceAll('"', "").trim();
}
