// Parts that are loaded when they are first needed. React's own lazy() holds what has come back until 300 ms after its
// fallback was drawn, so that a screen whose code is here after 40 ms would stay away for 260 more.
import { useEffect, useState } from "react";
import type { ComponentType, ReactNode } from "react";

/** Draws the fallback until the part has loaded; a part that cannot be loaded throws to the boundary around it. */
export interface LaterComponent<Props> {
  (props: Props): ReactNode;
  /** Loads the part ahead: drawn after that, it needs no fallback. */
  readonly load: () => Promise<void>;
}

/** A component whose code is loaded by `load`. */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  fallback: (props: Props) => ReactNode,
): LaterComponent<Props> {
  let Part: ComponentType<Props> | null = null;
  const loadPart = async (): Promise<void> => {
    Part = await load();
  };
  function Later(props: Props): ReactNode {
    const [, setIsHere] = useState(Part !== null);
    const [failure, setFailure] = useState<{ readonly error: unknown } | null>(null);
    useEffect(() => {
      let isDrawn = true;
      const come = Part === null ? loadPart() : Promise.resolve();
      come.then(
        () => isDrawn && setIsHere(true),
        (error: unknown) => isDrawn && setFailure({ error }),
      );
      return () => {
        isDrawn = false;
      };
    }, []);
    if (failure !== null) throw failure.error;
    return Part === null ? fallback(props) : <Part {...props} />;
  }
  return Object.assign(Later, { load: loadPart });
}
