import type { Recipe } from "../recipe/index.ts";

/** /etc/passwd (passwd(5)): nobody has a password, so nobody can log in by one. */
export function passwdText(users: Recipe["users"]): string {
  return users
    .toSorted((a, b) => a.uid - b.uid)
    .map(({ name, uid, gid, gecos, home, shell }) => `${name}:x:${uid}:${gid}:${gecos}:${home}:${shell}\n`)
    .join("");
}

/** /etc/group (group(5)). */
export function groupText(groups: Recipe["groups"]): string {
  return groups
    .toSorted((a, b) => a.gid - b.gid)
    .map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(",")}\n`)
    .join("");
}
