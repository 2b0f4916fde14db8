import { visibleJson } from "../text/index.ts";

/** A value as a JSON document that ends with a line feed: what others have written in it can not steer the terminal. */
export function jsonText(value: unknown, indent = 2): string {
  return `${visibleJson(JSON.stringify(value, null, indent))}\n`;
}

/** Stands for the list in a document that is written row by row. */
export const ROWS = "\0rows";

/** The same text in pieces, for lists of hundreds of thousands of rows: they take the place of `ROWS` in the document. */
export function* jsonPieces(document: object, rows: Iterable<object>): Generator<string> {
  const [head = "", tail = ""] = JSON.stringify(document, null, 2).split(JSON.stringify(ROWS));
  const [indent = ""] = /^ */.exec(head.slice(head.lastIndexOf("\n") + 1)) ?? [];
  const lineFeed = `\n${indent}`;
  yield visibleJson(`${head}[`);
  let isFirst = true;
  for (const row of rows) {
    const text = JSON.stringify(row, null, 2).replaceAll("\n", `${lineFeed}  `);
    yield visibleJson(`${isFirst ? "" : ","}${lineFeed}  ${text}`);
    isFirst = false;
  }
  yield visibleJson(`${isFirst ? "" : lineFeed}]${tail}\n`);
}

/** What a list comes to, one after the other. */
export function* mapped<T, U>(items: Iterable<T>, map: (item: T) => U): Generator<U> {
  for (const item of items) yield map(item);
}
