// The one trusted-types policy, `kelpie`: it passes addresses of our own built scripts and nothing else.

/** Where the build puts scripts, and the service worker's fixed name. */
const BUILT = /^\/(?:assets\/[\w.-]+\.js|sw\.js)$/;

interface ScriptPolicy {
  createScriptURL(input: string): unknown;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (input: string) => string }): ScriptPolicy;
}

let policy: ScriptPolicy | null = null;

/**
 * The address as a sink takes it: a TrustedScriptURL where the browser has them, else the URL itself. TypeError for an
 * address that is not a built file of this origin.
 */
export function builtScriptUrl(address: string): URL {
  const checked = checkedAddress(new URL(address, location.href).href);
  const factory = policyFactory();
  if (factory === null) return new URL(checked);
  policy ??= factory.createPolicy("kelpie", { createScriptURL: checkedAddress });
  const trusted = policy.createScriptURL(checked);
  return isScriptAddress(trusted) ? trusted : new URL(checked);
}

function checkedAddress(input: string): string {
  const { origin, pathname } = new URL(input, location.href);
  // The development server serves sources by their own names; a build never does.
  const isOurs = origin === location.origin && (BUILT.test(pathname) || import.meta.env.DEV);
  if (!isOurs) throw new TypeError(`not a built script: ${pathname}`);
  return input;
}

function policyFactory(): PolicyFactory | null {
  const factory: unknown = Reflect.get(globalThis, "trustedTypes");
  return isFactory(factory) ? factory : null;
}

function isFactory(value: unknown): value is PolicyFactory {
  return typeof value === "object" && value !== null && "createPolicy" in value;
}

/** The DOM's types know no TrustedScriptURL; sinks take it where they name a URL. */
function isScriptAddress(value: unknown): value is URL {
  return typeof value === "object" && value !== null;
}
