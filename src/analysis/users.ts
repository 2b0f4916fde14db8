import { TareError } from "../base/index.ts";
import { lookup } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { AnalysedUser } from "./types.ts";

/** No list of users is as long. */
const LONGEST = 1024 * 1024;

/** The users of `etc/passwd` (passwd(5)), with what `etc/shadow` says of their passwords; lines that make no sense are passed over. */
export function usersOf(image: Pick<ImageContent, "tree" | "read">): readonly AnalysedUser[] {
  const hashes = new Map(
    linesOf(image, "etc/shadow").map((line) => {
      const [name = "", hash = ""] = line.split(":");
      return [name, hash] as const;
    }),
  );
  return linesOf(image, "etc/passwd").flatMap((line) => {
    const [name = "", hash = "", uid = "", , , home = "", shell = ""] = line.split(":");
    if (name === "" || !/^\d+$/.test(uid)) return [];
    const password = passwordOf(hash === "x" ? (hashes.get(name) ?? "*") : hash);
    return [
      { name, uid: Number(uid), home, shell, canLogin: isProgram(image, shell || "/bin/sh"), password },
    ];
  });
}

/** What cannot be the hash of any password locks the account (shadow(5)). */
function passwordOf(hash: string): AnalysedUser["password"] {
  if (hash === "") return "empty";
  if (/^[!*]+$/.test(hash)) return "none";
  return /^[!*]/.test(hash) ? "locked" : "set";
}

/** Programs that only say no are no shells. */
const REFUSERS = /\/(?:nologin|false|true|sync|halt|shutdown)$/;

function isProgram(image: Pick<ImageContent, "tree">, path: string): boolean {
  if (REFUSERS.test(path)) return false;
  const entry = find(image, path)?.entry;
  return entry?.kind === "file" && (entry.mode & 0o111) !== 0;
}

function linesOf(image: Pick<ImageContent, "tree" | "read">, path: string): readonly string[] {
  const node = find(image, path);
  if (node?.entry.kind !== "file") return [];
  return Buffer.from(image.read(node, 0, LONGEST))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function find({ tree }: Pick<ImageContent, "tree">, path: string) {
  try {
    return lookup(tree, path)?.node;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
