// Who may do what: a device's scope, narrowed by the machine's policy. Pure.
import { OPERATIONS, SCOPES, scopeAllows, type OperationName, type Scope } from "../../schema/index.ts";
import type { Policy } from "./policy.ts";

/** Rights in force. */
export interface Rights {
  readonly scope: Scope;
  readonly shell: boolean;
}

/** What policy leaves of a device's rights. */
export function narrowed(rights: Rights, policy: Pick<Policy, "maxScope" | "shell">): Rights {
  const scope = SCOPES[Math.min(SCOPES.indexOf(rights.scope), SCOPES.indexOf(policy.maxScope))] ?? "view";
  return { scope, shell: rights.shell && policy.shell };
}

/** Null when allowed; E_SCOPE when the device was never given it, E_POLICY when the machine's policy takes it away. */
export function authorise(op: OperationName, rights: Rights, policy: Policy): "E_SCOPE" | "E_POLICY" | null {
  const needs = OPERATIONS[op].scope;
  if (!scopeAllows(rights.scope, needs)) return "E_SCOPE";
  if (policy.forbidden.includes(op)) return "E_POLICY";
  return scopeAllows(narrowed(rights, policy).scope, needs) ? null : "E_POLICY";
}

/** The operations that a device may ask for now. */
export function allowedOperations(rights: Rights, policy: Policy): OperationName[] {
  const names = Object.keys(OPERATIONS) as OperationName[];
  return names.filter((op) => authorise(op, rights, policy) === null);
}
