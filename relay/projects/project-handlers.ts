// Operations on projects: from a command's arguments to a call.
import type { OperationName } from "../../schema/index.ts";
import type { CommandContext, Handlers } from "../commands/ports.ts";
import type { Asker, Projects } from "./projects.ts";

type Owned = Extract<OperationName, `project.${string}`>;

/** The handlers of these operations. */
export function projectHandlers(projects: Projects): Pick<Handlers, Owned> {
  return {
    "project.add": ({ path, name }, context) => projects.add(path, name, askerOf(context)),
    "project.remove": async ({ root }) => {
      await projects.remove(root);
      return {};
    },
    "project.trust": async ({ root, digest }, context) => {
      await projects.trust(root, digest, askerOf(context));
      return {};
    },
  };
}

function askerOf({ by }: CommandContext): Asker {
  return by === "desk" ? "desk" : "device";
}
