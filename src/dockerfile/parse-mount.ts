import type { MountFlag } from "./ast.ts";

/**
 * The options of `--mount`, `type=cache,target=/x,ro`: fields as in a line of CSV, so a quoted field may hold
 * a comma, and a doubled quote stands for one.
 */
export function mountOptions(text: string): MountFlag["options"] {
  return text === "" ? [] : csvFields(text).map(option);
}

function option(field: string): MountFlag["options"][number] {
  const at = field.indexOf("=");
  const key = at < 0 ? field : field.slice(0, at);
  return { key: key.toLowerCase(), value: at < 0 ? "" : field.slice(at + 1) };
}

function csvFields(text: string): readonly string[] {
  const fields = [""];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const doubled = quoted && character === '"' && text[at + 1] === '"';
    if (doubled) at++;
    if (character === '"' && !doubled) quoted = !quoted;
    else if (character === "," && !quoted) fields.push("");
    else fields.push(fields.pop() + character);
  }
  return fields;
}
