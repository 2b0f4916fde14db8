import { TareError } from "../base/index.ts";
import { parseSettings } from "./parse-settings.ts";
import type { Settings } from "./types.ts";

/** Settings of a text, as if it were /p/tare.yaml; there is no recipe `nopython`. */
export function settingsOf(text: string | Uint8Array): Promise<Settings> {
  return parseSettings(Buffer.from(text), { path: "/p/tare.yaml", title: "tare.yaml", checkRecipe });
}

function checkRecipe(reference: string): void {
  if (reference.startsWith("nopython"))
    throw new TareError("user-bad-recipe", `there is no recipe ${JSON.stringify(reference)}`, {
      hint: "did you mean python?",
    });
}

/** What is wrong with a text, as `line:column-end message | hint`. */
export async function problemOf(text: string | Uint8Array): Promise<string> {
  const error = await settingsOf(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TareError) || error.code !== "user-bad-settings") return `not refused: ${error}`;
  const range = error.facts.location?.range;
  const place = range ? `${range.start.line}:${range.start.column}-${range.end.column} ` : "";
  return `${place}${error.message} | ${error.facts.hint}`;
}
