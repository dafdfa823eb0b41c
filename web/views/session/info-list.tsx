import type { ReactNode } from "react";

/** A name and a fact. */
export interface InfoFact {
  readonly name: string;
  readonly value: ReactNode;
  readonly isCode?: boolean;
}

/** Facts about a session, one per line. */
export function InfoList({ facts }: { facts: readonly InfoFact[] }): ReactNode {
  return (
    <dl className="info">
      {facts.map((fact) => (
        <div key={fact.name}>
          <dt>{fact.name}</dt>
          <dd className={fact.isCode === true ? "mono" : undefined}>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
