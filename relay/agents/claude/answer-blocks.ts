// Which pieces of an answer were streamed, and which of them an `assistant` line confirmed. Streamed pieces that never
// are confirmed are void: the connection broke and the model says them again, differently, in another message.

type BlockType = "text" | "thinking" | "tool_use";

interface Block {
  readonly index: number;
  readonly type: BlockType;
  readonly toolId: string | undefined;
  text: string;
  isConfirmed: boolean;
}

interface Message {
  readonly parent: string | undefined;
  readonly blocks: Block[];
}

/** A piece that a reader has seen and must drop. */
export interface VoidBlock {
  readonly type: BlockType;
  readonly messageId: string;
  readonly toolId: string | undefined;
  readonly parent: string | undefined;
}

/** What is left to show when a block is confirmed. `replaces` is set when the streamed text was not its beginning. */
export interface Confirmed {
  readonly messageId: string;
  readonly rest: string;
  readonly replaces?: VoidBlock;
}

/**
 * One per process. ACP message ids are made per block (`<api message>.<index>`), because a message can be broken after
 * a complete block: then that block holds and only the later ones are void.
 */
export class AnswerBlocks {
  readonly #messages = new Map<string, Message>();

  /** A block begins to stream. Kinds that are never shown are not followed. */
  begin(at: { message: string; index: number; parent: string | undefined }, type: string, toolId?: string): boolean {
    if (type !== "text" && type !== "thinking" && type !== "tool_use") return false;
    const { blocks } = this.#message(at.message, at.parent);
    if (blocks.some((block) => block.index === at.index)) return false;
    blocks.push({ index: at.index, type, toolId, text: "", isConfirmed: false });
    return true;
  }

  /** The ACP message id to show `text` under; undefined for a block that never began. */
  grow(message: string, index: number, text: string): string | undefined {
    const block = this.#messages.get(message)?.blocks.find((found) => found.index === index);
    if (block === undefined || block.isConfirmed) return undefined;
    block.text += text;
    return messageIdOf(message, index);
  }

  /** An `assistant` line says what the next block of this type is. Call once per block, in order. */
  confirm(message: string, parent: string | undefined, type: BlockType, text: string): Confirmed {
    const found = this.#message(message, parent);
    const block = found.blocks.find((open) => !open.isConfirmed && open.type === type);
    if (block === undefined) {
      const index = 1 + Math.max(-1, ...found.blocks.map((known) => known.index));
      found.blocks.push({ index, type, toolId: undefined, text: "", isConfirmed: true });
      return { messageId: messageIdOf(message, index), rest: text };
    }
    block.isConfirmed = true;
    const streamed = block.text;
    block.text = "";
    const messageId = messageIdOf(message, block.index);
    if (text.startsWith(streamed)) return { messageId, rest: text.slice(streamed.length) };
    const replaces = { type, messageId, toolId: block.toolId, parent };
    return { messageId: `${messageId}.whole`, rest: text, replaces };
  }

  /** Forgets everything that belongs to `parent` (or, without argument, everything) and tells what of it is void. */
  drop(parent?: { readonly id: string | undefined }): VoidBlock[] {
    const dropped: VoidBlock[] = [];
    for (const [id, message] of this.#messages) {
      if (parent !== undefined && message.parent !== parent.id) continue;
      this.#messages.delete(id);
      for (const { type, index, toolId, isConfirmed } of message.blocks) {
        if (!isConfirmed) dropped.push({ type, messageId: messageIdOf(id, index), toolId, parent: message.parent });
      }
    }
    return dropped;
  }

  #message(id: string, parent: string | undefined): Message {
    const known = this.#messages.get(id);
    if (known !== undefined) return known;
    const message = { parent, blocks: [] };
    this.#messages.set(id, message);
    return message;
  }
}

function messageIdOf(message: string, index: number): string {
  return `${message}.${index}`;
}
