// The words of a wait: what it asks (its accessible name), from whom, and the line it has as a row.
import type { WaitView } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { clockWords } from "../../ui/time-words.ts";
import { escapedText } from "../../ui/escape-for-display.ts";
import { permissionShape } from "./permission-shape.ts";
import { insideFolder, withShortPaths } from "../../ui/workspace-path.ts";

/**
 * What the wait asks, as the name of its group: "Run npm test?". With the folder of the session on screen, a file is
 * named as one would there; without it, whole.
 */
export function waitName(wait: WaitView, clock: Clock, folder = ""): string {
  const { request } = wait;
  if (request === null) return `${wait.sessionTitle} waits for an answer`;
  switch (request.kind) {
    case "permission": {
      const shape = permissionShape(request.req);
      const object = shape.command === null ? insideFolder(shape.object, folder) : shape.object;
      return `${shape.verb} ${escapedText(object)}?`;
    }
    case "question":
      return request.req.questions[0]?.question ?? `${wait.agent} asks`;
    case "plan":
      return `Approve the plan for ${wait.sessionTitle}?`;
    case "limit":
      return `Usage limit of ${wait.agent}${wait.until === undefined ? "" : ` until ${clockWords(wait.until, clock.zone)}`}`;
    case "login":
      return `${wait.agent} is logged out on ${wait.machineName}`;
    case "trust":
      return `Trust the project ${wait.project}?`;
    case "terminal":
      return `${wait.agent} shows something Kelpie cannot display`;
  }
}

/** Who wants what, where: "claude wants to run · harbor-web · studio". */
export function waitFrom(wait: WaitView): string {
  const { request } = wait;
  const wants = request?.kind === "permission" ? permissionShape(request.req).wantsTo : wantsWords(wait);
  return [`${wait.agent} ${wants}`, wait.project, wait.machineName].filter((word) => word !== "").join(" · ");
}

/** The title of a wait inside its own session, where the session needs no naming. */
export function waitTitle(wait: WaitView): string {
  return capital(wantsWords(wait));
}

/** One line under the session's title in a list. Code is in `backticks`. */
export function waitLine(wait: WaitView, clock: Clock): string {
  const { request } = wait;
  if (request === null) return "Open it to answer";
  switch (request.kind) {
    case "permission": {
      const shape = permissionShape(request.req);
      const object = escapedText(shape.object).split("\n", 1)[0] ?? "";
      // A command is never shortened; a file is found by its name.
      return `${capital(shape.wantsTo)} \`${shape.command === null ? withShortPaths(object) : object}\``;
    }
    case "question":
      return request.req.questions[0]?.question ?? "Asks a question";
    case "limit":
      return wait.until === undefined
        ? "Usage limit"
        : `Usage limit, continues at ${clockWords(wait.until, clock.zone)}`;
    case "plan":
    case "login":
    case "trust":
    case "terminal":
      return waitTitle(wait);
  }
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function wantsWords(wait: WaitView): string {
  const { request } = wait;
  switch (wait.kind) {
    case "permission":
      return request?.kind === "permission" ? permissionShape(request.req).wants : "asks for permission";
    case "question": {
      const count = request?.kind === "question" ? request.req.questions.length : 1;
      return count > 1 ? `asks ${count} questions` : "asks";
    }
    case "plan":
      return "has a plan";
    case "limit":
      return "reached a usage limit";
    case "login":
      return "is logged out";
    case "trust":
      return "waits until the project is trusted";
    case "terminal":
      return "shows something Kelpie cannot draw";
  }
}
