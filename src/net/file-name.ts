/** The last part of an address's path; `__unnamed__` where there is none. */
export function remoteFileName(url: string): string {
  const path = URL.canParse(url) ? decodeURIComponent(new URL(url).pathname) : "";
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === "" || name === "." || name === ".." ? "__unnamed__" : name;
}
