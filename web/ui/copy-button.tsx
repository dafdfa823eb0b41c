import { Copy } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button, IconButton } from "./button.tsx";

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for the accessible name: "Copy <what>". */
  readonly what: string;
  readonly look?: "words" | "plain" | "icon";
}

/** Copies exactly `text`. Says "Copied" or "Not copied" in words; a page that is no secure context has no clipboard. */
export function CopyButton({ text, what, look = "words" }: CopyButtonProps): ReactNode {
  const [outcome, setOutcome] = useState<"Copy" | "Copied" | "Not copied">("Copy");
  const handlePress = (): void => {
    const { clipboard } = navigator;
    if (!("clipboard" in navigator)) return setOutcome("Not copied");
    clipboard.writeText(text).then(
      () => setOutcome("Copied"),
      () => setOutcome("Not copied"),
    );
  };
  if (look === "icon") {
    return (
      <IconButton label={`${outcome} ${what}`} isTight onPress={handlePress}>
        <Copy className="icon" aria-hidden />
      </IconButton>
    );
  }
  return (
    <Button
      size="small"
      kind={look === "plain" ? "plain" : "outline"}
      label={`${outcome} ${what}`}
      onPress={handlePress}
    >
      <Copy className="icon" aria-hidden />
      <span aria-live="polite">{outcome}</span>
    </Button>
  );
}
