// The acts that only talk. Those that touch the workspace are in workspace-acts.ts.
import { RequestError } from "@agentclientprotocol/sdk";
import { LIMIT_METHOD } from "../acp/shapes.ts";
import { type Act, HELP } from "./script.ts";
import { Cancelled, type Stage } from "./stage.ts";
import { z } from "../../../schema/index.ts";

/** Answers to `big`: 2 MiB in one update, as the largest real answer measured. */
const BIG_BYTES = 2 * 1024 * 1024;
const BIG_LINE = "The quick brown fox jumps over the lazy dog, again and again.\n";

/** Lists the words it understands. */
export async function help(stage: Stage): Promise<void> {
  await stage.say(HELP);
}

/** One update per line, at the pace or as fast as the client takes them. */
export async function stream(stage: Stage, act: Act & { do: "stream" }): Promise<void> {
  for (let line = 1; line <= act.lines; line += 1) {
    await stage.say(`line ${line}\n`);
    if (act.isPaced) await stage.pause(1);
    // A cancel arrives as input; without a turn of the event loop it would never be seen.
    else if (line % 64 === 0) await stage.sleep(0);
  }
}

/** Thoughts word by word, then one sentence. */
export async function think(stage: Stage): Promise<void> {
  await stage.think("First I look at what was asked. Then I weigh two ways to do it, and take the simpler one.");
  await stage.tell("I have thought about it: the simpler way is the better one here.\n");
}

/** BIG_BYTES of text in a single update. */
export async function big(stage: Stage): Promise<void> {
  await stage.say(BIG_LINE.repeat(Math.ceil(BIG_BYTES / BIG_LINE.length)));
}

/** Ends by Cancelled only. */
export async function hang(stage: Stage): Promise<void> {
  for (;;) await stage.sleep(3_600_000);
}

/** Always throws RequestError. */
export function fail(): never {
  throw new RequestError(-32603, "529 overloaded_error: The demo was asked to fail, and these are its own words.");
}

/** Returns when the client says that the limit is over. */
export async function limit(stage: Stage, act: Act & { do: "limit" }): Promise<void> {
  const { client, session, now } = stage.deps;
  await stage.tell("I have reached a usage limit and wait until it ends.\n");
  const answer = await client.request<unknown>(LIMIT_METHOD, {
    sessionId: session.id,
    text: "Demo usage limit reached.",
    until: now() + act.durationMs,
  });
  const parsed = z.looseObject({ outcome: z.string() }).safeParse(answer);
  if (parsed.data?.outcome === "cancelled") throw new Cancelled();
  stage.newMessage();
  await stage.tell("The limit is over, so I go on.\n");
}

/** A question with three choices and room for own words. */
export async function ask(stage: Stage): Promise<void> {
  if (!stage.deps.canAsk) return stage.tell("I would ask you something, but this client shows no questions.\n");
  const { client, session } = stage.deps;
  const answer = await client.request("elicitation/create", {
    mode: "form",
    sessionId: session.id,
    message: "Which flavour should the demo have?",
    requestedSchema: {
      type: "object",
      properties: {
        flavour: {
          type: "string",
          title: "Flavour",
          oneOf: [
            { const: "vanilla", title: "Vanilla", description: "Plain and dependable" },
            { const: "chocolate", title: "Chocolate", description: "Rich, a little slower" },
            { const: "pistachio", title: "Pistachio", description: "For those who know" },
          ],
        },
        flavour_custom: { type: "string", title: "Other", description: "Or in your own words" },
      },
    },
  });
  if (answer.action === "cancel") throw new Cancelled();
  const given = z
    .looseObject({
      content: z.looseObject({ flavour: z.optional(z.string()), flavour_custom: z.optional(z.string()) }),
    })
    .safeParse(answer);
  const { flavour, flavour_custom: own } = given.data?.content ?? {};
  const chosen = [flavour, own].filter((part) => part !== undefined && part !== "").join(", ");
  await stage.tell(chosen === "" ? "You chose nothing, which is fine too.\n" : `You chose ${chosen}.\n`);
}

const STEPS = ["Look at what is there", "Make the smallest change", "Check that it works"];

/** Presents a plan; on acceptance leaves plan mode and goes through its steps. */
export async function plan(stage: Stage): Promise<void> {
  const show = (done: number): Promise<void> =>
    stage.update({
      sessionUpdate: "plan",
      entries: STEPS.map((content, index) => ({
        content,
        priority: "medium",
        status: index < done ? "completed" : index === done ? "in_progress" : "pending",
      })),
    });
  const text = `## Plan\n\n${STEPS.map((step, index) => `${index + 1}. ${step}`).join("\n")}\n`;
  const toolCall = {
    toolCallId: stage.deps.newId(),
    title: "Ready to start?",
    kind: "switch_mode",
    status: "pending",
    rawInput: { plan: text },
    content: [{ type: "content", content: { type: "text", text } }],
  } as const;
  await stage.update({ sessionUpdate: "tool_call", ...toolCall, content: [...toolCall.content] });
  const decision = await stage.choose({ ...toolCall, content: [...toolCall.content] }, [
    { optionId: "start", name: "Start, and ask before edits", kind: "allow_once" },
    { optionId: "start-edits", name: "Start, and accept edits", kind: "allow_always" },
    { optionId: "revise", name: "Keep planning", kind: "reject_once" },
  ]);
  const { toolCallId } = toolCall;
  if (decision === "no") {
    await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "failed" });
    return stage.tell("All right, I keep planning. Tell me what to change.\n");
  }
  await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed" });
  await switchMode(stage, decision === "always" ? "accept-edits" : "default");
  for (let done = 0; done <= STEPS.length; done += 1) {
    await show(done);
    await stage.pause(4);
  }
  await stage.tell("The plan is done.\n");
}

async function switchMode(stage: Stage, mode: string): Promise<void> {
  if (stage.session.mode === mode) return;
  stage.session.mode = mode;
  await stage.update({ sessionUpdate: "current_mode_update", currentModeId: mode });
}
