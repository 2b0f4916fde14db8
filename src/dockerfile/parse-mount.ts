import type { MountFlag, Word } from "./ast.ts";
import { errorAtWord, type RawInstruction } from "./cursor.ts";

/**
 * The options of `--mount`, `type=cache,target=/x,ro`: fields as in a line of CSV, so a quoted field may hold
 * a comma, and a doubled quote stands for one. What `from` names must be known before anything runs, so it takes
 * no variables (`user-dockerfile-syntax`).
 */
export function parseMount(raw: RawInstruction, word: Word): MountFlag {
  const { text, range } = word;
  const options = csvFields(raw, word).map(option);
  if (options.some(({ key, value }) => key === "from" && /\$./s.test(value)))
    throw errorAtWord(raw, word, {
      message: `'from' doesn't support variable expansion, define alias stage instead: ${text}`,
      hint: "write FROM … AS NAME with an ARG from before the first FROM, and from=NAME",
    });
  return { options, range };
}

function option(field: string): MountFlag["options"][number] {
  const at = field.indexOf("=");
  const key = at < 0 ? field : field.slice(0, at);
  return { key: key.toLowerCase(), value: at < 0 ? "" : field.slice(at + 1) };
}

/** A quote begins a field or stands twice, and a quoted field ends with its quote (RFC 4180, 2). */
function csvFields(raw: RawInstruction, word: Word): readonly string[] {
  if (word.text === "")
    throw errorAtWord(raw, word, {
      message: "failed to parse csv mounts: nothing stands behind --mount=",
      hint: "write --mount=type=cache,target=/PATH",
    });
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(word.text);
    if (!match)
      throw errorAtWord(raw, word, {
        message: `failed to parse csv mounts: a quote in ${word.text} is out of place`,
        hint: 'put the whole option into quotes, as in --mount=type=bind,"source=/a,b",target=/x',
      });
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") return fields;
  }
}
