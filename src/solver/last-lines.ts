/** Remembers the last lines of a text that arrives in pieces. */
export interface LastLines {
  add(text: string): void;
  lines(): readonly string[];
}

export function lastLines(count: number): LastLines {
  let kept: string[] = [""];
  return {
    add(text) {
      const [first = "", ...rest] = text.split("\n");
      kept = [...kept.slice(0, -1), (kept.at(-1) ?? "") + first, ...rest].slice(-(count + 1));
    },
    lines: () => kept.filter((line, index) => line !== "" || index < kept.length - 1).slice(-count),
  };
}
