// The whole product with the real claude in it and a scripted model behind it, and one paired device. For
// *.agents.test.ts only.
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RootId, SessionId } from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
import { commandOf, openWait, openWorld, type World } from "../../../web/test/product/world.ts";
import type { TimelineEntry, WaitView } from "../../../web/live/model.ts";
import { MARK_NAME } from "../../agents/marked-processes.ts";
import { startScriptedProvider, type ScriptedProvider } from "../../agents/scripted/provider.ts";
import { scriptTag, type ScriptArgs } from "../../agents/scripted/script.ts";
import { claudeTestEnv } from "../claude-cli.ts";
import { commandOf as wordsOf, processesOf } from "../processes.ts";

/** Milliseconds for a whole turn on a busy machine: claude alone needs seconds to start. */
export const TURN_MS = 40_000;

export interface ClaudeStart {
  readonly script: string;
  readonly args?: ScriptArgs;
  readonly mode?: string;
  readonly root?: RootId;
}

/** Everything it started is gone after `close`. `env` is added to the product's environment. */
export async function openClaudeWorld(env: Readonly<Record<string, string>> = {}): Promise<ClaudeWorld> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "kelpie-")));
  const provider = await startScriptedProvider();
  // No SHELL in it: a login shell's own PATH could lead to another claude.
  const world = await openWorld({ home, env: { ...(await claudeTestEnv(home, provider.url)), ...env } });
  try {
    return new ClaudeWorld(world, provider, await world.device("phone"));
  } catch (error) {
    await world.close();
    await provider.stop();
    throw error;
  }
}

export class ClaudeWorld {
  readonly world: World;
  readonly provider: ScriptedProvider;
  readonly phone: Device;

  constructor(world: World, provider: ScriptedProvider, phone: Device) {
    this.world = world;
    this.provider = provider;
    this.phone = phone;
  }

  /** A session of claude, in a project of its own unless `root` is given, whose first prompt follows a script. */
  async begin({ script, args, mode, root }: ClaudeStart): Promise<SessionId> {
    const { phone } = this;
    const command = commandOf(
      await phone.calls.startSession({
        machine: phone.machine,
        root: root ?? (await this.world.newRoot()),
        agent: "claude",
        prompt: words(script, args),
        ...(mode === undefined ? {} : { mode }),
      }),
    );
    const started = await phone.calls.started(command);
    if (!started.ok) throw new Error(`refused: ${started.refusal.code} ${started.refusal.text ?? ""}`);
    await phone.watch(started.data.s);
    return started.data.s;
  }

  /** A further prompt that follows a script. */
  async follow(session: SessionId, script: string, args?: ScriptArgs): Promise<void> {
    commandOf(await this.phone.prompt(session, words(script, args)));
  }

  async wait(session: SessionId): Promise<WaitView> {
    return this.phone.waitFor(() => openWait(this.phone, session), TURN_MS);
  }

  /** Resolves with how every turn stopped, once `count` of them have. */
  async ends(session: SessionId, count: number): Promise<readonly string[]> {
    return this.phone.waitFor(() => {
      const stops = this.of(session, "turn").flatMap(({ end }) => (end === null ? [] : [end.stop]));
      return stops.length >= count ? stops : null;
    }, TURN_MS);
  }

  /** The entries of one kind that the device shows. */
  of<K extends TimelineEntry["kind"]>(session: SessionId, kind: K): Extract<TimelineEntry, { kind: K }>[] {
    return this.phone
      .entries(session)
      .filter((entry): entry is Extract<TimelineEntry, { kind: K }> => entry.kind === kind);
  }

  /** What sessions of this product run: claudes and their commands, by their mark. A probe of claude has none. */
  agents(): readonly string[] {
    const marked = new Set(processesOf(`${MARK_NAME}=`));
    const hosts = this.hosts();
    return this.world.product
      .processes()
      .filter((pid) => marked.has(pid) && !hosts.includes(pid))
      .map(wordsOf);
  }

  /** The processes that keep them. */
  hosts(): readonly number[] {
    return this.world.product.processes().filter((pid) => wordsOf(pid).endsWith("relay/sessions/host/main.ts"));
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.provider.stop();
  }
}

function words(script: string, args?: ScriptArgs): string {
  return `Please go on. ${scriptTag(script, args)}`;
}
