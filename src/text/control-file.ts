/** Fields of one stanza by name, as written; continuation lines keep their line feeds, no line keeps white space at its end. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads one stanza of a control file (deb822(5)). Never an error: lines that are neither a field nor the continuation of
 * one are passed over, and the last of two fields with one name counts. Names are as written, which in the archive is
 * one way.
 */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    if (/^[ \t]/.test(line)) {
      // One that no field is before continues nothing.
      if (name !== "") fields.set(name, `${fields.get(name)}\n${line.trimEnd()}`);
      continue;
    }
    const colon = line.indexOf(":");
    name = line.slice(0, Math.max(colon, 0));
    if (name !== "") fields.set(name, line.slice(colon + 1).trim());
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

/** The same with names in lower case, for what people write: to deb822(5) `license` and `License` are one field. */
export function inLowerCase(stanza: Stanza): Stanza {
  return new Map([...stanza].map(([name, value]) => [name.toLowerCase(), value]));
}
