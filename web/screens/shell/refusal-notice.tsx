import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Refusal } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { reasonWords } from "../../ui/delivery-words.ts";
import { Notice } from "../../ui/notice.tsx";

/** What was just asked could not be done: the reason word for word. */
export function RefusalNotice({ refusal, onClose }: { refusal: Refusal | null; onClose: () => void }): ReactNode {
  if (refusal === null) return null;
  return (
    <Notice
      tone="bad"
      icon={<CircleAlert className="icon" aria-hidden />}
      fact="Not done."
      actions={
        <Button size="small" kind="plain" onPress={onClose}>
          Close
        </Button>
      }
    >
      {reasonWords(refusal)}
    </Notice>
  );
}
