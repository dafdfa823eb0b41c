// The machine's own rules, from a local file that no operation writes. They can only narrow what a device's scope allows.
import { existsSync, readFileSync, statSync } from "node:fs";
import {
  AppError,
  hashOf,
  OPERATIONS,
  parseJson,
  POLICY_BYTES,
  SCOPES,
  utf8,
  z,
  type Hash,
  type OperationName,
  type Scope,
} from "../../schema/index.ts";

const operationName = z.custom<OperationName>((value) => typeof value === "string" && Object.hasOwn(OPERATIONS, value));

// Loose: other parts of the relay read their own keys of the same file (projectFolders, agents).
const policyFile = z.looseObject({
  maxScope: z.optional(z.enum(SCOPES)),
  shell: z.optional(z.boolean()),
  forbid: z.optional(z.array(operationName)),
});

/** What local policy leaves of every device's rights. */
export interface Policy {
  readonly maxScope: Scope;
  readonly shell: boolean;
  readonly forbidden: readonly OperationName[];
  /** H of the file's bytes, so that a device can tell that it changed. */
  readonly digest: Hash;
}

/** The policy file's text; null = there is none. E_SIZE over POLICY_BYTES. */
export function readPolicyText(path: string): string | null {
  if (!existsSync(path)) return null;
  if (statSync(path).size > POLICY_BYTES) {
    throw new AppError("E_SIZE", {
      reason: `${path} is larger than ${POLICY_BYTES} bytes`,
      next: "Shorten it: a policy is written by hand.",
    });
  }
  return readFileSync(path, "utf8");
}

/** What that text says; null = there is none, nothing is narrowed. E_SCHEMA for a file that is no policy. */
export async function parsePolicy(text: string | null): Promise<Policy> {
  const { maxScope = "admin", shell = true, forbid = [] } = text === null ? {} : parseJson(text, policyFile);
  return { maxScope, shell, forbidden: forbid, digest: await hashOf(utf8(text ?? "")) };
}
