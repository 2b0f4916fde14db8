/** Fields of one stanza by name, as written; continuation lines keep their line feeds, no line keeps white space at its end. */
export type Stanza = ReadonlyMap<string, string>;

/** Reads one stanza of a control file (deb822(5)). Field names are as written, which in practice is one way. */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    if (/^[ \t]/.test(line)) {
      // One before the first field continues nothing.
      if (name !== "") fields.set(name, `${fields.get(name)}\n${line.trimEnd()}`);
    } else {
      const colon = line.indexOf(":");
      if (colon <= 0) continue;
      name = line.slice(0, colon);
      fields.set(name, line.slice(colon + 1).trim());
    }
  }
  return fields;
}

/** The stanzas of a file that has several, separated by empty lines. */
export function parseStanzas(text: string): readonly Stanza[] {
  return text
    .split(/\n[ \t\r]*\n/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}
