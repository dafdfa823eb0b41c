// The names and data attributes that screen readers, tests and other programs find things by.
import { renderToStaticMarkup } from "react-dom/server";
import type { ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { Router } from "wouter";
import { ANSWERS, clock, machineOf, sessionRow, waits, waitView } from "../gallery/sample-sessions.ts";
import type { WaitRequest } from "../live/model-schema.ts";
import type { TimelineEntry } from "../live/model.ts";
import { Composer } from "./composer/composer.tsx";
import { SessionRow } from "./home/session-row.tsx";
import { AppShell } from "./shell/app-shell.tsx";
import { MainNav } from "./shell/main-nav.tsx";
import { EntryView } from "./timeline/entry-view.tsx";
import type { PermissionOption } from "./waits/permission-shape.ts";
import { WaitCard } from "./waits/wait-card.tsx";

const ignore = (): void => undefined;
const html = (node: ReactNode): string => renderToStaticMarkup(<Router ssrPath="/">{node}</Router>);
const buttons = (markup: string): readonly string[] =>
  [...markup.matchAll(/<button([^>]*)>(.*?)<\/button>/gsu)].map(
    ([, attributes = "", inside = ""]) =>
      /aria-label="([^"]*)"/u.exec(attributes)?.[1] ?? inside.replaceAll(/<[^>]*>/gu, "").trim(),
  );

test("the app root says how live it is, whether it is ready, and what is wrong", () => {
  const shell = { focus: "list" as const, isRoot: true, list: "x" };
  expect(html(<AppShell {...shell} live="stale" alarm="withheld" isReady />)).toMatch(
    /^<div class="app" id="app" data-live="stale" data-ready="" data-alarm="withheld"/u,
  );
  const calm = html(<AppShell {...shell} live="live" alarm={null} isReady={false} />);
  expect(calm).not.toMatch(/data-alarm|data-ready/u);
  expect(calm.match(/role="main"/gu)).toHaveLength(1);
});

test("the navigation Main has its four links and the button New session", () => {
  const hrefs = { Sessions: "/", Inbox: "/inbox", Board: "/board", More: "/more" };
  const markup = html(<MainNav current="Inbox" hrefs={hrefs} waits={3} onNewSession={ignore} />);
  expect(markup).toMatch(/^<nav[^>]*aria-label="Main"/u);
  expect([...markup.matchAll(/<a [^>]*>.*?<span>(\w+)<\/span>/gsu)].map(([, name]) => name)).toEqual([
    "Sessions",
    "Inbox",
    "Board",
    "More",
  ]);
  expect(markup).toMatch(/aria-current="page" href="\/inbox"/u);
  expect(buttons(markup)).toEqual(["New session"]);
});

test("a session's row is a link whose only text is its title", () => {
  const markup = html(<SessionRow row={sessionRow()} href="/s/1" clock={clock} isProven />);
  expect(markup).toMatch(/<a [^>]*href="\/s\/1"[^>]*>Fix flaky upload test<\/a>/u);
});

describe("a wait", () => {
  const permission = (options: PermissionOption[]): WaitRequest => ({
    kind: "permission",
    req: { toolCall: { toolCallId: "t", rawInput: { command: "ls" } }, options },
  });
  const card = (wait: Parameters<typeof WaitCard>[0]["wait"]): string =>
    html(<WaitCard wait={wait} clock={clock} place="session" isFirst onAnswer={ignore} />);

  test("is a group named by what it asks, with Deny, Always allow and Approve in that order", () => {
    const markup = card(waitView(permission([...ANSWERS])));
    expect(markup).toMatch(/^<div[^>]*role="group" aria-label="Run ls\?"/u);
    expect(buttons(markup)).toEqual(["Deny", "Always allow", "Approve"]);
  });

  test("offers only what the agent offers, told apart by kind and not by id or name", () => {
    const odd = permission([
      { optionId: "allow", name: "Allow", kind: "reject_once" },
      { optionId: "deny", name: "Deny", kind: "allow_once" },
    ]);
    expect(buttons(card(waitView(odd)))).toEqual(["Deny", "Approve"]);
    expect(buttons(card(waitView(permission([{ optionId: "x", name: "x", kind: "allow_always" }]))))).toEqual([
      "Always allow",
    ]);
  });

  test("has no buttons while this device's answer is on its way, and says where that is", () => {
    const answering = {
      delivery: "stored",
      answer: { option: "yes" },
      command: { machine: machineOf(1), g: 1, ctr: 1 },
    } as const;
    const markup = card(waitView(permission([...ANSWERS]), { answering }));
    expect(buttons(markup)).toEqual([]);
    expect(markup).toContain('data-delivery="stored"');
  });

  test("of every kind is a named group", () => {
    for (const wait of waits) expect(card(wait)).toMatch(/^<div[^>]*role="group" aria-label="[^"]+"/u);
  });

  test("in its own session has no Stop: that name belongs to the composer", () => {
    for (const wait of waits) expect(buttons(card(wait))).not.toContain("Stop");
  });
});

describe("a message", () => {
  const command = { machine: machineOf(1), g: 1, ctr: 1 };
  const bubble = (facts: Partial<Extract<TimelineEntry, { kind: "user" }>>): string => {
    const entry: TimelineEntry = {
      kind: "user",
      key: "1",
      at: clock.now,
      blocks: [{ type: "text", text: "hello" }],
      delivery: "device",
      refusal: null,
      command,
      by: null,
      queued: false,
      ...facts,
    };
    const actions = {
      onEdit: ignore,
      onWithdraw: ignore,
      onRetry: ignore,
      onDismiss: ignore,
      onResume: ignore,
      onWholeOutput: ignore,
    };
    return html(
      <EntryView
        entry={entry}
        clock={clock}
        device="phone"
        machineName="studio"
        isMachineAway={false}
        canResume
        actions={actions}
      />,
    );
  };

  test.each(["device", "stored", "machine", "agent", "refused", "unknown"] as const)(
    "carries data-delivery=%s on the element that holds its bubble, words and buttons",
    (delivery) => {
      expect(bubble({ delivery })).toMatch(
        new RegExp(`data-delivery="${delivery}"><div class="bubble">hello</div>.*<p class="delivery">`, "u"),
      );
    },
  );

  test("may be edited and withdrawn while it is queued, sent again and dismissed once it is refused or unknown", () => {
    expect(buttons(bubble({ delivery: "machine", queued: true }))).toEqual(["Edit", "Withdraw"]);
    expect(buttons(bubble({ delivery: "refused" }))).toEqual(["Send again", "Dismiss"]);
    expect(buttons(bubble({ delivery: "unknown" }))).toEqual(["Send again", "Dismiss"]);
    expect(buttons(bubble({ delivery: "agent" }))).toEqual([]);
  });

  test("of another device has no buttons here", () => {
    expect(buttons(bubble({ delivery: "machine", queued: true, command: null }))).toEqual([]);
  });
});

test("the composer has the textbox Message, Send when there is something to send, Stop while a turn runs", () => {
  const composer = (text: string, onStop?: () => void): string =>
    html(
      <Composer text={text} onText={ignore} onSend={ignore} onStop={onStop} queued={0} pickers={[]} enter="breaks" />,
    );
  expect(composer("")).toMatch(/<textarea[^>]*aria-label="Message"/u);
  expect(buttons(composer(""))).toEqual(["Send"]);
  expect(buttons(composer("", ignore))).toEqual(["Stop"]);
  expect(buttons(composer("more", ignore))).toEqual(["Stop", "Send"]);
});
