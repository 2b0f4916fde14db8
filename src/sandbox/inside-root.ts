import { lstatSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { isSystemError } from "../base/index.ts";

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/**
 * Where an absolute path of a root file system lies on the host: links are followed inside the root, which the
 * kernel would not do as long as the root is an ordinary folder; what does not exist is appended as it is.
 * Undefined after too many links.
 */
export function insideRoot(root: string, path: string): string | undefined {
  const ahead = components(path).reverse();
  let at = "/";
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const next = posix.join(at, name);
    const target = linkAt(join(root, next));
    if (target === undefined) at = next;
    else {
      if (++links > MAX_LINKS) return undefined;
      if (target.startsWith("/")) at = "/";
      ahead.push(...components(target).reverse());
    }
  }
  return join(root, at);
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
