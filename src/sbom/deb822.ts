/** Fields by name in lower case; further lines as they stand, with the white space that they begin with. */
export type Paragraph = ReadonlyMap<string, string>;

/**
 * The paragraphs of a text in Debian's control format (deb822(5)). Never an error: lines that are neither a
 * field nor the continuation of one are passed over, and the last of two fields with one name counts.
 */
export function readParagraphs(text: string): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let lines: string[] = [];
  const close = () => {
    const paragraph = readFields(lines);
    if (paragraph.size > 0) paragraphs.push(paragraph);
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (line.trim() === "") close();
    else if (!line.startsWith("#")) lines.push(line.trimEnd());
  }
  close();
  return paragraphs;
}

function readFields(lines: readonly string[]): Paragraph {
  const values = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of lines) {
    if (line.startsWith(" ") || line.startsWith("\t")) {
      open?.push(line);
      continue;
    }
    const colon = line.indexOf(":");
    open = colon > 0 ? [line.slice(colon + 1).trim()] : undefined;
    if (open) values.set(line.slice(0, colon).toLowerCase(), open);
  }
  return new Map([...values].map(([name, parts]) => [name, parts.join("\n")]));
}
