// Operations on devices and pairing: what they do is trust/'s; here is only who may ask for what.
import { AppError, fromB64, scopeAllows, toB64, type DeviceId } from "../../schema/index.ts";
import type { Devices, Keyrings, Pairing } from "../trust/ports.ts";
import { allowedOperations } from "./authorise.ts";
import type { Policy } from "./policy.ts";
import type { CommandContext, Handlers } from "./ports.ts";

/** What these operations work with. */
export interface DeviceParts {
  readonly devices: Devices;
  readonly keyrings: Keyrings;
  readonly pairing: Pairing;
  readonly policy: () => Policy;
}

/** Handlers of device.*, keys.* and pair.*. */
export function deviceHandlers({ devices, keyrings, pairing, policy }: DeviceParts) {
  return {
    "device.hello": async (_args, context) => {
      const { by, scope, shell } = context;
      const ring = (await keyrings.all()).find(({ d }) => d === by);
      if (ring === undefined) throw notFound("the machine's desk has no keyring");
      const ops = allowedOperations({ scope, shell }, policy());
      return { scope, keyring: toB64(ring.frame), ops, policy: policy().digest };
    },
    "device.rekey": async ({ eD }, { ref, hash }) => {
      const point = fromB64(eD);
      if (ref === "desk" || hash === undefined || point === null) throw notFound("the machine's desk has no keys");
      const [d, g, ctr] = ref;
      const answer = await devices.rekey(d, { g, ctr, command: hash, eD: point });
      return { eR: toB64(answer.eR), g: answer.g };
    },
    "keys.rotate": async () => ({ epoch: await devices.rotate() }),
    "device.rename": async ({ name, d }, context) => {
      const target = d ?? ownId(context);
      if (target !== context.by && !scopeAllows(context.scope, "admin")) {
        throw new AppError("E_SCOPE", { reason: "only an admin device renames others" });
      }
      await devices.rename(target, name);
      return {};
    },
    "device.revoke": async ({ d }) => {
      await devices.revoke(d);
      return {};
    },
    "pair.invite": async ({ scope, shell }, context) => {
      // Nobody hands on what he does not have; the flag stands beside the scopes.
      if (!scopeAllows(context.scope, scope) || (shell && !context.shell)) {
        throw new AppError("E_SCOPE", { reason: "a device cannot grant more than it has" });
      }
      const { secret, exp } = await pairing.invite({ scope, shell });
      const S = toB64(secret);
      secret.fill(0);
      return { S, exp };
    },
    "pair.accept": async ({ pid, code }) => ({ d: await pairing.accept(pid, code) }),
  } satisfies Partial<Handlers>;
}

function ownId(context: CommandContext): DeviceId {
  if (context.by === "desk") throw new AppError("E_SCHEMA", { reason: "name the device" });
  return context.by;
}

function notFound(reason: string): AppError {
  return new AppError("E_NOT_FOUND", { reason });
}
