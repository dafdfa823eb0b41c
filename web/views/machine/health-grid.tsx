import type { ReactNode } from "react";
import type { MachineView } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { durationWords } from "../../ui/time-words.ts";

/** How the machine is, as far as its relay says; and what is wrong, with the next step. */
export function HealthGrid({
  machine,
  clock,
}: {
  machine: Pick<MachineView, "health" | "clockOffsetMs" | "liveness">;
  clock: Clock;
}): ReactNode {
  const { health, clockOffsetMs, liveness } = machine;
  if (health === undefined) return <p className="usage-line">Nothing received yet.</p>;
  const roundTripMs = liveness.status === "live" ? liveness.roundTripMs : undefined;
  const facts: readonly (readonly [string, string] | null)[] = [
    ["Relay", `${health.version}, up ${durationWords(clock.now - health.started)}`],
    ["System", health.os],
    health.load === undefined ? null : ["Load", `${health.load.toFixed(1)} of ${health.cores} cores`],
    health.diskFreeBytes === undefined ? null : ["Disk", `${gigabytes(health.diskFreeBytes)} free`],
    clockOffsetMs === null
      ? null
      : [
          "Clock",
          Math.abs(clockOffsetMs) < 50 ? "the same as here" : `${(Math.abs(clockOffsetMs) / 1000).toFixed(1)} s off`,
        ],
    roundTripMs === undefined ? null : ["Distance", `${Math.round(roundTripMs)} ms`],
  ];
  return (
    <>
      <dl className="group facts-grid">
        {facts
          .filter((fact) => fact !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {health.problems.map((problem) => (
        <p className="usage-line" key={problem.code} data-tone="fail" role="alert">
          {problem.text}
        </p>
      ))}
    </>
  );
}

function gigabytes(bytes: number): string {
  const size = bytes / 1e9;
  return size >= 10 ? `${Math.round(size)} GB` : `${size.toFixed(1)} GB`;
}
