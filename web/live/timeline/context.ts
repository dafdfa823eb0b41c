// What the fold asks of the world around a conversation: names and this device's own commands.
import type { CommandRef, ItemOf, WaitId, WaitKind, WaitRequest } from "../../../schema/index.ts";
import type { CommandKey, WaitView } from "../model.ts";

export interface FoldContext {
  /** "you", a device's name, "the desk", "the clock", the agent's name. */
  readonly nameOf: (by: ItemOf<"waitdone">["by"]) => string;
  /** The command's key if this device sent it. */
  readonly ownCommand: (of: CommandRef) => CommandKey | null;
  /** A wait as a card shows it now. */
  readonly waitView: (wait: FoldedWait) => WaitView;
}

/** What a `wait` item said. */
export interface FoldedWait {
  readonly wid: WaitId;
  readonly kind: WaitKind;
  readonly req: string;
  readonly request: WaitRequest | null;
  readonly since: number;
  readonly until: number | undefined;
}
