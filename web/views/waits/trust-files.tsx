import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { ExactText } from "../../ui/command-text.tsx";

/** A file that can start a program, and how it differs from what was trusted before. */
export interface TrustFile {
  readonly path: string;
  readonly change: "new" | "changed" | "removed" | "same";
  readonly text: string;
}

const CHANGE_WORDS = { new: "new", changed: "changed", removed: "removed", same: "as trusted before" } as const;

/** The files by path; each opens to its exact text. */
export function TrustFiles({ files }: { files: readonly TrustFile[] }): ReactNode {
  return (
    <ul className="facts">
      {files.map((file) => (
        <li key={file.path}>
          <details>
            <summary>
              <ChevronRight className="icon" aria-hidden />
              <code>
                <ExactText text={file.path} />
              </code>
              <span className="quiet">{CHANGE_WORDS[file.change]}</span>
            </summary>
            <pre className="cmd">
              <ExactText text={file.text} />
            </pre>
          </details>
        </li>
      ))}
    </ul>
  );
}
