// The Worker's routes in front of the hub, as far as a paired machine and its devices use them: token, upgrade, pairing
// post. What they check of keys and tokens has tests of its own (worker/auth); here they are slow, or do not answer.
import {
  AppError,
  ERRORS,
  fromUtf8,
  isAppError,
  parseJson,
  pointOfJwk,
  ROUTES,
  toB64,
  TOKEN_SUBPROTOCOL,
  tokenBody,
  utf8,
  type Bytes,
  type DeviceId,
  type MachineId,
} from "../../../schema/index.ts";
import type { HttpAnswer } from "../../../web/live/ports.ts";
import type { HubHost } from "./hub-host.ts";
import type { Host, Life } from "./host.ts";
import type { Network, Wire } from "./network.ts";
import type { Registry } from "./registry.ts";

export const ORIGIN = "https://kelpie.test";

/** A request that gets no answer fails after this, as browsers do at the latest. */
const NO_ANSWER_MS = 30_000;

interface Parts {
  readonly network: Network;
  readonly registry: Registry;
  readonly hub: HubHost;
  readonly machine: MachineId;
  /** RI's public point. */
  readonly ri: Bytes;
}

export class FrontDoor {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One POST of a device; rejects when there is no answer. */
  post(host: Host, life: Life, d: DeviceId | null, path: string, body: string | Bytes): Promise<HttpAnswer> {
    const { network } = this.#parts;
    const isLost = !host.isOnline || network.random.chance(network.weather.cut + network.weather.silence);
    return new Promise((resolve, reject) => {
      if (isLost) {
        host.after(life, NO_ANSWER_MS, "no answer", () => reject(new TypeError("fetch failed")));
        return;
      }
      network.schedule.after(network.latencyMs(), `post ${path.slice(0, 8)}`, () => {
        void this.#answer(d, path, body).then((answer) => {
          host.after(life, network.latencyMs(), "answer", () => resolve(answer));
        });
      });
    });
  }

  /** A device's upgrade. */
  dialDevice(wire: Wire, d: DeviceId, protocols: readonly string[]): void {
    const { registry, network, machine } = this.#parts;
    network.schedule.after(network.latencyMs(), "upgrade", () => {
      const grant = registry.grantOf(d);
      const hasToken = protocols.includes(`${TOKEN_SUBPROTOCOL}${tokenOf(d)}`);
      if (grant === null || !hasToken || !wire.host.isOnline) return wire.refused();
      const key = toB64(pointOfJwk(grant.jwk));
      this.#connect(wire, { role: "device", m: machine, kid: d, key, origin: ORIGIN, grantsRev: registry.rev });
    });
  }

  /** The relay's. */
  dialRelay(wire: Wire): void {
    const { registry, network, machine, ri } = this.#parts;
    network.schedule.after(network.latencyMs(), "upgrade", () => {
      if (!wire.host.isOnline) return wire.refused();
      this.#connect(wire, {
        role: "relay",
        m: machine,
        kid: machine,
        key: toB64(ri),
        origin: "",
        grantsRev: registry.rev,
      });
    });
  }

  #connect(wire: Wire, opening: Parameters<HubHost["connect"]>[1]): void {
    try {
      this.#parts.hub.connect(wire, opening);
    } catch (error) {
      if (!isAppError(error)) throw error;
      wire.refused();
    }
  }

  async #answer(d: DeviceId | null, path: string, body: string | Bytes): Promise<HttpAnswer> {
    const { registry, hub, machine } = this.#parts;
    if (path === ROUTES.nonce) return json(200, { nonce: "nonce" });
    if (path === ROUTES.token) {
      parseJson(typeof body === "string" ? body : (fromUtf8(body) ?? ""), tokenBody);
      if (d === null || registry.grantOf(d) === null) return refusal(new AppError("E_GRANT"));
      return json(200, { token: tokenOf(d), exp: 0 });
    }
    if (path !== ROUTES.pair(machine) || typeof body === "string") return refusal(new AppError("E_NOT_FOUND"));
    const answer = await hub.pair(body, "address");
    if (answer.status === "refused") return refusal(new AppError(answer.code));
    return answer.status === "silent" ? { status: 204, body: new Uint8Array(0) } : { status: 200, body: answer.bytes };
  }
}

function tokenOf(d: DeviceId): string {
  return `token-${d}`;
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, body: utf8(JSON.stringify(value)) };
}

function refusal({ code }: AppError): HttpAnswer {
  return json(ERRORS[code].status, { code });
}
