/** A value between double quotes, so that ENV and LABEL take it as it stands. */
export function quoted(value: string, escape: "\\" | "`"): string {
  const special = escape === "\\" ? /["$\\]/g : /["$`]/g;
  return `"${value.replace(special, (character) => escape + character)}"`;
}
