// What the machine's own policy file says about work: which agents, modes and folders. Devices cannot change it.
import { parseJson, z } from "../../schema/index.ts";
import type { SessionPolicy } from "./sessions.ts";

const acpCommand = z.object({
  id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)),
  command: z.string().check(z.minLength(1)),
  args: z._default(z.array(z.string()), []),
});

// Loose: other parts of the relay read their own keys of the same file.
const workFile = z.looseObject({
  /** Agents that may be started; absent = every one that is known. */
  agents: z.optional(z.array(z.string())),
  /** ACP commands of one's own, by name. */
  commands: z.optional(z.array(acpCommand)),
  /** Modes that nobody may choose, by agent, such as {"claude": ["bypassPermissions"]}. */
  forbiddenModes: z.optional(z.record(z.string(), z.array(z.string()))),
  /** Folders below which a device may add projects. */
  projectFolders: z.optional(z.array(z.string())),
  /** True: projects are trusted on the machine only. */
  trustOnlyHere: z.optional(z.boolean()),
  /** Program for ssh remotes, and git's credential helper. */
  sshCommand: z.optional(z.string()),
  credentialHelper: z.optional(z.string()),
});

export interface WorkPolicy extends SessionPolicy {
  readonly commands: readonly z.infer<typeof acpCommand>[];
  readonly projectFolders: readonly string[];
  readonly mayDevicesTrust: boolean;
  readonly git: { readonly sshCommand?: string; readonly credentialHelper?: string };
}

/** Reads the policy file's text; null = there is none. E_SCHEMA for a file that is no policy. */
export function parseWorkPolicy(text: string | null): WorkPolicy {
  const file = text === null ? {} : parseJson(text, workFile);
  const { agents, commands = [], forbiddenModes = {}, projectFolders = [], sshCommand, credentialHelper } = file;
  // A map: the name is a device's, and an object has more names than were put into it.
  const forbidden = new Map(Object.entries(forbiddenModes));
  return {
    commands,
    projectFolders,
    mayDevicesTrust: file.trustOnlyHere !== true,
    git: {
      ...(sshCommand === undefined ? {} : { sshCommand }),
      ...(credentialHelper === undefined ? {} : { credentialHelper }),
    },
    isAgentAllowed: (agent) => agents === undefined || agents.includes(agent),
    isModeAllowed: (agent, mode) => !(forbidden.get(agent)?.includes(mode) ?? false),
  };
}
