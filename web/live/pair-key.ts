// A document's name within a machine as one string, and back.
import { isB64Of, ID_BYTES, type DocId, type SessionId } from "../../schema/index.ts";

/** The two ids of `session/doc`. */
export function parsePair(key: string): readonly [SessionId, DocId] {
  const [session, doc] = key.split("/");
  if (!isSession(session) || !isDoc(doc)) throw new TypeError(`not session/doc: ${key}`);
  return [session, doc];
}

function isSession(text: string | undefined): text is SessionId {
  return isB64Of(text, ID_BYTES);
}

function isDoc(text: string | undefined): text is DocId {
  return isB64Of(text, ID_BYTES);
}
