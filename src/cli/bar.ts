/** A bar of at most so many columns, as long as its value is large beside the largest one; never none for something. */
export function barText(
  value: number,
  {
    largest,
    columns,
    unicode,
  }: { readonly largest: number; readonly columns: number; readonly unicode: boolean },
): string {
  if (value <= 0 || largest <= 0) return "";
  const length = Math.min(1, value / largest) * columns;
  if (!unicode) return "#".repeat(Math.max(1, Math.round(length)));
  const eighths = Math.max(1, Math.round(length * 8));
  return "█".repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? "");
}

const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Whether a locale has characters that are not in ASCII. */
export function isUnicode(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return /utf-?8/i.test(locale);
}
