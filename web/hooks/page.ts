// Everything the screens stand on, as one stable handle: live data, clocks, drafts, the shell's updates. No React.
import type { Live, Store } from "../live/model.ts";
import type { DeviceWord } from "../ui/delivery-words.ts";
import type { Keepsakes } from "./keepsakes.ts";
import type { PairLink } from "./pair-link.ts";
import type { Install } from "./install.ts";
import type { ShellUpdate } from "./shell-update.ts";

/** How fine the present is asked for: a countdown, an age in minutes, a day. */
export type Grain = "second" | "minute" | "day";

/** The page's handle; the same object for as long as the page lives. */
export interface Page {
  readonly live: Live;
  /** Epoch ms, by grain; each ticks only while somebody subscribes and the page is visible. */
  readonly clocks: Readonly<Record<Grain, Store<number>>>;
  readonly device: DeviceWord;
  /** What this device calls itself until somebody renames it. */
  readonly deviceName: string;
  /** Small things kept in this browser: drafts, the last choice of a form. */
  readonly keepsakes: Keepsakes;
  /** The link this page was opened with, in memory only. */
  readonly pairLink: PairLink;
  readonly update: ShellUpdate;
  readonly install: Install;
  readonly version: string;
}
