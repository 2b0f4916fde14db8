import { visibleJson } from "../text/index.ts";

/** A value as a JSON document that ends with a line feed: what others have written in it can not steer the terminal. */
export function jsonText(value: unknown, indent = 2): string {
  return `${visibleJson(JSON.stringify(value, null, indent))}\n`;
}
