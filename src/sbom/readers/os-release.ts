import { defined } from "../../base/index.ts";
import type { Distribution } from "../types.ts";
import { type TreeFiles, textOf } from "./reader.ts";

/** The distribution of a tree: `etc/os-release` is read first, as os-release(5) says. */
export function osReleaseOf(files: TreeFiles): Distribution | undefined {
  const bytes = files.get("etc/os-release") ?? files.get("usr/lib/os-release");
  return bytes && osRelease(textOf(bytes));
}

/** What an os-release(5) says. Undefined without an ID, which is what packages are looked up by. */
export function osRelease(text: string): Distribution | undefined {
  const values = new Map(text.split("\n").flatMap(assignmentOf));
  const id = values.get("ID")?.toLowerCase();
  if (!id) return undefined;
  return {
    id,
    ...defined({
      versionId: values.get("VERSION_ID") || undefined,
      prettyName: values.get("PRETTY_NAME") || undefined,
      codename: values.get("VERSION_CODENAME") || undefined,
      homepage: values.get("HOME_URL") || undefined,
    }),
  };
}

function assignmentOf(line: string): readonly (readonly [name: string, value: string])[] {
  const match = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
  return match ? [[match[1] as string, unquote((match[2] as string).trim())]] : [];
}

/** Quotes as in a shell: a backslash means the next character inside double ones, itself inside single ones. */
function unquote(text: string): string {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1);
  const inner = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  return inner.replace(/\\(.)/g, "$1");
}
