// One running product and the devices paired with it: what the tests of the whole product stand on.
import { z, rootId, type RootId, type SessionId } from "../../../schema/index.ts";
import { startProduct, type Product, type ProductOptions } from "../../../relay/house/product.ts";
import type { Accepted, TimelineEntry, WaitView } from "../../live/model.ts";
import { createDevice, type Device, type DeviceParts } from "../device.ts";

/** `close` it: stops the devices, ends the product and proves that nothing of it is left. */
export async function openWorld(options: ProductOptions = {}): Promise<World> {
  return new World(await startProduct({ demoPaceMs: 5, ...options }));
}

export class World {
  readonly product: Product;
  readonly #devices: Device[] = [];
  #isFirst = true;

  constructor(product: Product) {
    this.product = product;
  }

  /** A paired device that is live and knows the first project. */
  async device(name = "phone", parts: Partial<DeviceParts> = {}): Promise<Device> {
    const device = await this.unpaired(parts);
    await device.pair(await this.link(), name);
    await device.waitFor(() => device.view().live === "live" && device.view().machines[0]?.projects !== undefined);
    return device;
  }

  async unpaired(parts: Partial<DeviceParts> = {}): Promise<Device> {
    const device = await createDevice({ origin: this.product.url, ...parts });
    this.#devices.push(device);
    return device;
  }

  /** The link of the start, then further ones. */
  async link(): Promise<string> {
    if (!this.#isFirst) return this.product.link();
    this.#isFirst = false;
    return this.product.pair;
  }

  /** A registered project nobody works in. */
  async newRoot(): Promise<RootId> {
    const path = this.product.newProject();
    return z.object({ root: rootId }).parse(await this.product.desk("project.add", { path })).root;
  }

  /** Starts a session of the demo agent in a project of its own and opens its conversation on the device. */
  async begin(device: Device, prompt?: string, title?: string): Promise<SessionId> {
    const root = await this.newRoot();
    const command = commandOf(
      await device.calls.startSession({
        machine: device.machine,
        root,
        agent: "demo",
        ...(prompt === undefined ? {} : { prompt }),
        ...(title === undefined ? {} : { title }),
      }),
    );
    const started = await device.calls.started(command);
    if (!started.ok) throw new Error(`refused: ${started.refusal.code} ${started.refusal.text ?? ""}`);
    await device.watch(started.data.s);
    return started.data.s;
  }

  async close(): Promise<void> {
    for (const device of this.#devices.splice(0)) device.stop();
    await this.product.dispose();
  }
}

/** The command's name, or an error that says why there is none. */
export function commandOf(accepted: Accepted): Extract<Accepted, { ok: true }>["command"] {
  if (!accepted.ok) throw new Error(`not accepted: ${accepted.refusal.code}`);
  return accepted.command;
}

/** Everything the agent said, as the device shows it. */
export function prose(device: Device, session: SessionId): string {
  return device
    .entries(session)
    .flatMap((entry) => (entry.kind === "prose" ? [entry.text] : []))
    .join("");
}

/** The numbers of the demo agent's "line N", in the order shown. */
export function lineNumbers(text: string): readonly number[] {
  return [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
}

/** 1..last. */
export function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

export function endedTurns(device: Device, session: SessionId): readonly string[] {
  return device
    .entries(session)
    .flatMap((entry) => (entry.kind === "turn" && entry.end !== null ? [entry.end.stop] : []));
}

/** The wait of the session that nobody has answered. */
export function openWait(device: Device, session: SessionId): WaitView | null {
  const found = device.entries(session).find((entry) => entry.kind === "wait" && entry.done === null);
  return found?.kind === "wait" ? found.wait : null;
}

/** The newest settled wait's words. */
export function settledWaits(device: Device, session: SessionId): readonly { by: string; outcome: string }[] {
  return device
    .entries(session)
    .flatMap((entry) =>
      entry.kind === "wait" && entry.done !== null ? [{ by: entry.done.by, outcome: entry.done.outcome }] : [],
    );
}

/** The bubble with exactly these words. */
export function bubble(
  device: Device,
  session: SessionId,
  text: string,
): Extract<TimelineEntry, { kind: "user" }> | null {
  const found = device.entries(session).filter((entry) => entry.kind === "user" && entry.blocks[0]?.text === text);
  if (found.length > 1) throw new Error(`"${text}" is shown ${found.length} times`);
  return found[0]?.kind === "user" ? found[0] : null;
}

/** What the device's list says of the session. */
export function stateOf(device: Device, session: SessionId): string | null {
  return device.view().sessions.find((row) => row.session === session)?.state ?? null;
}

/** What the agent said according to the relay's own journal: what every device has to show. */
export async function journalProse(world: World, session: SessionId): Promise<string> {
  const chunk = z.object({ u: z.object({ update: z.object({ sessionUpdate: z.string(), content: z.unknown() }) }) });
  const text = z.object({ text: z.string() });
  return (await world.product.items(session))
    .flatMap(({ item }) => {
      const said = chunk.safeParse(item);
      return said.success && said.data.u.update.sessionUpdate === "agent_message_chunk"
        ? [text.parse(said.data.u.update.content).text]
        : [];
    })
    .join("");
}

/** How often the journal says that the session was interrupted. */
export async function interruptions(world: World, session: SessionId): Promise<number> {
  const items = await world.product.items(session);
  return items.filter(({ item }) => item.k === "state" && item["s"] === "interrupted").length;
}

/** How often a prompt with these words entered the queue, and how many turns took one. */
export async function deliveries(world: World, session: SessionId, text: string): Promise<readonly [number, number]> {
  const items = (await world.product.items(session)).map(({ item }) => item);
  const user = z.object({ of: z.unknown(), prompt: z.array(z.looseObject({ text: z.optional(z.string()) })) });
  const refs = items.flatMap((item) => {
    const parsed = item.k === "user" ? user.parse(item) : null;
    return parsed?.prompt[0]?.text === text ? [JSON.stringify(parsed.of)] : [];
  });
  const taken = items.flatMap((item) => (item.k === "turn" ? z.array(z.unknown()).parse(item["of"]) : []));
  return [refs.length, taken.filter((of) => refs.includes(JSON.stringify(of))).length];
}
