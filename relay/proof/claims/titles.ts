// Which tests hold a claim: those whose title begins with its name, "S8 …" or "S8: …", as the house demands.
import { listPaths, readSources, type SourceFile } from "../../house/source-files.ts";

/** A test, or a group of tests, by its own title. */
export interface Titled {
  readonly claim: string;
  readonly title: string;
  readonly file: string;
}

const TEST_FILE = /\.test\.tsx?$/;
/** The first string after an opening parenthesis, when it begins with a claim's name. */
const TITLE = /\(\s*(["'`])((?:[SR]\d{1,2}[: ]+)+)((?:(?!\1).)*)\1\s*,/gs;

/** Every titled test below `root`, in the order of files and lines. */
export async function findTitles(root: string): Promise<readonly Titled[]> {
  const paths = (await listPaths(root)).filter((path) => TEST_FILE.test(path));
  return (await readSources(root, paths)).flatMap(titlesIn);
}

/** The titles of one file. A title that begins with several names, "R1 R2 …", counts for each of them. */
export function titlesIn({ path, code }: Pick<SourceFile, "path" | "code">): readonly Titled[] {
  return [...code.matchAll(TITLE)].flatMap(([, , names = "", title = ""]) =>
    (names.match(/[SR]\d+/g) ?? []).map((claim) => ({ claim, title: title.trim(), file: path })),
  );
}
