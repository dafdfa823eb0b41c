// What the page and the live thread say to each other. Plain data only; every message is one of these.
import type { MachineId, SessionId } from "../../schema/index.ts";
import type { TimelinePatch } from "./timeline/patch.ts";
import type { CoreCalls } from "./core-commands.ts";
import type { AppView, PairingView } from "./model.ts";

/** Names of the calls that answer. */
export type CallName = keyof CoreCalls;

export type ToThread =
  | {
      readonly t: "start";
      readonly origin: string;
      readonly appBuild: string;
      readonly visible: boolean;
      readonly online: boolean;
    }
  | { readonly t: "page"; readonly visible: boolean; readonly online: boolean }
  | { readonly t: "call"; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly t: "watch" | "unwatch" | "older"; readonly machine: MachineId; readonly session: SessionId }
  | { readonly t: "pair"; readonly link: string; readonly deviceName: string }
  | { readonly t: "cancel-pairing" }
  | { readonly t: "reconnect" };

export type FromThread =
  | { readonly t: "app"; readonly view: AppView }
  | { readonly t: "pairing"; readonly view: PairingView }
  | {
      readonly t: "timeline";
      readonly machine: MachineId;
      readonly session: SessionId;
      readonly patch: TimelinePatch;
    }
  | { readonly t: "answer"; readonly id: number; readonly value: unknown }
  | { readonly t: "failed"; readonly id: number; readonly reason: string }
  | { readonly t: "wants-persistence" };
