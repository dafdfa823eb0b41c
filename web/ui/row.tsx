// Rows, the sections they stand in and the box they may share.
import { useId } from "react";
import type { ReactNode } from "react";
import { Link } from "wouter";

/** What the colour of a word at the end of a row means; the word itself always says it too. */
export type Tone = "wait" | "done" | "fail" | "run" | "act";

interface RowProps {
  readonly glyph: ReactNode;
  readonly title: ReactNode;
  /** What happens now, in ink-2. */
  readonly now?: ReactNode;
  /** Where, when, who, in ink-3. */
  readonly meta?: ReactNode;
  readonly end?: ReactNode;
  readonly endTone?: Tone | undefined;
  /** A line of its own under the row's text, such as a command to copy. */
  readonly below?: ReactNode;
  readonly isMiddle?: boolean;
  readonly isCurrent?: boolean;
  /** The accessible name when the visible title alone is not it. */
  readonly label?: string;
  readonly href?: string;
  readonly onPress?: (() => void) | undefined;
}

/**
 * One line to three; opens something with `href` or `onPress`. Only the title is inside the link or button, so that its
 * name is its text; its hit area covers the row.
 */
export function Row(props: RowProps): ReactNode {
  const { glyph, now, meta, end, endTone, below, isMiddle = false, isCurrent = false } = props;
  const opens = props.href !== undefined || props.onPress !== undefined;
  return (
    <div
      className="row"
      data-opens={opens ? "" : undefined}
      data-mid={isMiddle ? "" : undefined}
      data-current={isCurrent ? "" : undefined}
    >
      {glyph}
      <span>
        <Title {...props} />
        {now === undefined ? null : (
          <span className="m" data-now="">
            {now}
          </span>
        )}
        {meta === undefined ? null : <span className="m">{meta}</span>}
      </span>
      {end === undefined ? null : (
        <span className="end" data-tone={endTone}>
          {end}
        </span>
      )}
      {below === undefined ? null : <div className="below">{below}</div>}
    </div>
  );
}

function Title({ title, label, href, onPress, isCurrent = false }: RowProps): ReactNode {
  const id = useId();
  const named = label === undefined ? { "aria-labelledby": id } : { "aria-label": label };
  const current = isCurrent ? ("true" as const) : undefined;
  if (href !== undefined) {
    return (
      <Link className="t" href={href} id={id} aria-current={current} {...named}>
        {title}
      </Link>
    );
  }
  if (onPress !== undefined) {
    return (
      <button
        type="button"
        className="t"
        id={id}
        onClick={onPress}
        {...(label === undefined ? {} : { "aria-label": label })}
      >
        {title}
      </button>
    );
  }
  return <span className="t">{title}</span>;
}

interface SectionProps {
  readonly name: string;
  readonly count?: ReactNode;
  readonly action?: { readonly label: string; readonly onPress: () => void } | undefined;
  readonly children: ReactNode;
}

/** A named part of a screen; its heading is the region's accessible name. */
export function Section({ name, count, action, children }: SectionProps): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 className="sect">
        <span id={id}>{name}</span>
        {count === undefined ? null : <span className="n">{count}</span>}
        {action === undefined ? null : (
          <button type="button" className="act" onClick={action.onPress}>
            {action.label}
          </button>
        )}
      </h2>
      {children}
    </section>
  );
}

/** Rows in one hairline box; each child is a list item's content. Give every child a key. */
export function Group({ children, label }: { children: readonly ReactNode[]; label?: string }): ReactNode {
  return (
    <ul className="group" aria-label={label}>
      {children.map((child, index) => (
        <li key={keyOf(child) ?? index}>{child}</li>
      ))}
    </ul>
  );
}

function keyOf(node: ReactNode): string | null {
  return typeof node === "object" && node !== null && "key" in node ? node.key : null;
}
