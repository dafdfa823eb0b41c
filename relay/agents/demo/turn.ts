// One turn of the demo agent: the acts a prompt names, in order.
import { assertNever } from "../../../schema/index.ts";
import * as talk from "./acts.ts";
import { type Act, parseScript } from "./script.ts";
import type { Stage } from "./stage.ts";
import * as work from "./workspace-acts.ts";

/** Throws Cancelled when the turn was cancelled, RequestError when the demo was asked to fail. */
export async function playTurn(stage: Stage, prompt: string): Promise<void> {
  const { session } = stage;
  if (session.history.length === 0) {
    const title = prompt.trim().split("\n")[0]?.slice(0, 60) || "Demo";
    await stage.update({ sessionUpdate: "session_info_update", title });
  }
  session.remember("user", prompt);
  if (session.model === "demo-thorough") await stage.think("Let me think about this thoroughly first. ");
  const acts = parseScript(prompt);
  if (session.mode === "plan" && acts.some(touchesWorkspace)) await talk.plan(stage);
  // The plan may have been sent back: then nothing is touched.
  if (session.mode === "plan" && acts.some(touchesWorkspace)) return;
  for (const act of acts) {
    stage.newMessage();
    await perform(stage, act);
  }
  const words = session.history.reduce((sum, { text }) => sum + text.length, 0);
  await stage.update({ sessionUpdate: "usage_update", used: Math.ceil(words / 4), size: 200_000 });
}

function touchesWorkspace(act: Act): boolean {
  return act.do === "edit" || act.do === "run" || act.do === "tour";
}

async function perform(stage: Stage, act: Act): Promise<void> {
  switch (act.do) {
    case "help":
      return talk.help(stage);
    case "stream":
      return talk.stream(stage, act);
    case "think":
      return talk.think(stage);
    case "ask":
      return talk.ask(stage);
    case "plan":
      return talk.plan(stage);
    case "limit":
      return talk.limit(stage, act);
    case "big":
      return talk.big(stage);
    case "hang":
      return talk.hang(stage);
    case "fail":
      return talk.fail();
    case "crash":
      process.kill(process.pid, "SIGKILL");
      return talk.hang(stage);
    case "edit":
      if (await work.edit(stage)) await stage.tell("I have edited kelpie-demo.md.\n");
      return;
    case "run":
      if (await work.run(stage, act)) await stage.tell(`\`${act.command}\` has run.\n`);
      return;
    case "tour":
      return tour(stage);
    default:
      assertNever(act);
  }
}

/** A bit of everything, for someone who has just said hello. */
async function tour(stage: Stage): Promise<void> {
  await stage.think("Somebody new. I show them reading, editing and running, and ask where one should. ");
  await stage.tell("Hello! I am the demo agent. I look around first.\n");
  const name = await work.read(stage);
  stage.newMessage();
  await stage.tell(
    name === undefined ? "There is no file here yet.\n" : `I have read ${name}. Now I edit a file of my own.\n`,
  );
  const isEdited = await work.edit(stage);
  stage.newMessage();
  await stage.tell("And now I look at the folder with a command.\n");
  const hasRun = await work.run(stage, { do: "run", command: "ls" });
  stage.newMessage();
  const done = [
    name === undefined ? "" : `read ${name}`,
    isEdited ? "edited kelpie-demo.md" : "",
    hasRun ? "ran `ls`" : "",
  ];
  const said = done.filter((part) => part !== "").join(", ");
  await stage.tell(`That was it: I ${said === "" ? "did nothing, as you wished" : said}. Say \`help\` for more.\n`);
}
