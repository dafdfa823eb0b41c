// Everything that is not looked at every day: the machines, this device as an app, what Kelpie is.
import { Database, Download, Info, Laptop, Link2 } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS, machinePath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import type { InstallView } from "../../hooks/install.ts";
import { liveGlyph, liveWords } from "../../ui/live-words.ts";
import { Group, Row, Section } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Screen, TitleBar } from "../../views/shell/screen.tsx";
import { InstallSheet } from "./install-sheet.tsx";

/** More. */
export function MoreScreen(): ReactNode {
  const { install, version, device } = usePage();
  const machines = useApp((view) => view.machines);
  const clock = useClock("minute");
  const trouble = useApp((app) => app.trouble);
  const view = useSyncExternalStore(install.subscribe, install.get);
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Screen header={<TitleBar name="More" />}>
      <div className="column">
        <Section name="Machines" count={machines.length}>
          <Group label="Machines">
            {machines.map((machine) => (
              <Row
                key={machine.machine}
                href={machinePath(machine.machine)}
                isMiddle
                glyph={<Laptop className="icon" aria-hidden />}
                title={machine.name}
                meta={machine.health?.os}
                end={
                  <span className="sub">
                    <StateGlyph state={liveGlyph(machine)} label={null} />
                    {machine.refused === null ? liveWords(machine, clock) : "refused"}
                  </span>
                }
              />
            ))}
            <Row
              key="pair"
              href={PATHS.pair}
              isMiddle
              glyph={<Link2 className="icon" aria-hidden />}
              title="Pair another machine"
              meta="With the link it prints"
            />
          </Group>
        </Section>
        <Section name={`This ${device}`}>
          <Group label={`This ${device}`}>
            <Row
              key="install"
              isMiddle
              glyph={<Download className="icon" aria-hidden />}
              title={view.status === "installed" ? "Installed as an app" : "Install as an app"}
              meta={installWords(view)}
              onPress={
                view.status === "installed"
                  ? undefined
                  : () => (view.status === "offered" ? void install.ask() : setIsAsking(true))
              }
            />
            {trouble === null ? null : (
              <Row
                key="storage"
                isMiddle
                glyph={<Database className="icon" aria-hidden />}
                title={trouble.text}
                meta={trouble.next}
              />
            )}
            <Row
              key="about"
              isMiddle
              glyph={<Info className="icon" aria-hidden />}
              title={`Kelpie ${version}`}
              meta="What you see is decrypted here. The server stores and forwards what it cannot read"
            />
          </Group>
        </Section>
      </div>
      {isAsking && view.status === "manual" ? (
        <InstallSheet system={view.system} onClose={() => setIsAsking(false)} />
      ) : null}
    </Screen>
  );
}

function installWords(view: InstallView): string {
  switch (view.status) {
    case "installed":
      return "It has an icon of its own and opens without a network";
    case "offered":
      return "An icon of its own, full screen, opens without a network";
    case "manual":
      return view.system === "ios" ? "By the Share menu; pair inside it afterwards" : "By the menu of this browser";
  }
}
