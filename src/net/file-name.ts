/** The last part of an address's path; `__unnamed__` where there is none that a file could have. */
export function remoteFileName(url: string): string {
  const path = URL.canParse(url) ? decoded(new URL(url).pathname).replace(/\/+$/, "") : "";
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === "" || name === "." || name === ".." || name.includes("\0") ? "__unnamed__" : name;
}

/** A path that is no well-formed UTF-8 stays as it is written. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
