import { TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import type { EntryTypes } from "./entries.ts";
import type { Merged, Placed } from "./merge.ts";
import { normalPath } from "./path.ts";
import type { RecipeGroup, RecipeUser } from "./types.ts";

/** The accounts of an image, and what their names stand for. */
export interface Accounts {
  readonly users: readonly RecipeUser[];
  readonly groups: readonly RecipeGroup[];
  /** The ids of `www-data:adm`, `nonroot` (with its own group), `65532:0`, `65532` (with the group of that user or id). */
  owner(text: string, item: Placed<unknown>): { readonly uid: number; readonly gid: number };
}

/**
 * Users and groups with every id known. A user without a group gets the one of its own name, which is made where there
 * is none. `user-bad-recipe`, with the place, for names that are not there and ids that two have.
 */
export function completeAccounts(merged: Merged): Accounts {
  const written = merged.all("users");
  refuseSameIds(written, ({ uid }) => uid);
  const groups = allGroups(merged.all("groups"), written);
  for (const { value, at } of merged.all("groups"))
    for (const member of value.members ?? [])
      if (!written.some((user) => user.value.name === member))
        throw unknownName(member, { what: "user", known: written.map((user) => user.value.name), at });
  const users = written.map((item) => completeUser(item, groups));
  return { users, groups, owner: (text, item) => ownerIds(text, { item, users, groups }) };
}

type Users = readonly Placed<EntryTypes["users"]>[];
type Groups = readonly Placed<EntryTypes["groups"]>[];

function allGroups(written: Groups, users: Users): readonly RecipeGroup[] {
  refuseSameIds(written, ({ gid }) => gid);
  const groups = written.map(({ value: { name, gid, members = [] } }) => ({ name, gid, members }));
  for (const item of users) {
    const { name, uid, gid, group } = item.value;
    if (gid !== undefined || group !== undefined || groups.some((known) => known.name === name)) continue;
    const other = groups.find((known) => known.gid === uid);
    if (other)
      throw new TareError(
        "user-bad-recipe",
        `the group of ${name} would have the id of ${other.name}: ${uid}`,
        {
          hint: `give the user a gid, or a group`,
          location: item.at(),
        },
      );
    groups.push({ name, gid: uid, members: [] });
  }
  return groups.sort((a, b) => a.gid - b.gid);
}

function refuseSameIds<T extends { readonly name: string }>(
  items: readonly Placed<T>[],
  idOf: (item: T) => number,
): void {
  const seen = new Map<number, string>();
  for (const { value, at } of items) {
    const id = idOf(value);
    const other = seen.get(id);
    if (other !== undefined)
      throw new TareError("user-bad-recipe", `${value.name} has the id of ${other}: ${id}`, {
        hint: "give each account an id of its own",
        location: at(),
      });
    seen.set(id, value.name);
  }
}

function completeUser(item: Placed<EntryTypes["users"]>, groups: readonly RecipeGroup[]): RecipeUser {
  const { name, uid, gid, group, gecos, home, shell } = item.value;
  if (gid !== undefined && group !== undefined)
    throw new TareError("user-bad-recipe", `the user ${name} has both a gid and a group`, {
      hint: "keep one of them",
      location: item.at(),
    });
  return {
    name,
    uid,
    gid: gid ?? groupId(group ?? name, { item, groups }),
    gecos: gecos ?? "",
    home: home === undefined ? "/nonexistent" : normalPath(home),
    shell: shell ?? "/sbin/nologin",
  };
}

interface Known {
  readonly item: Placed<unknown>;
  readonly groups: readonly RecipeGroup[];
}

function groupId(name: string, { item, groups }: Known): number {
  if (/^\d+$/.test(name)) return Number(name);
  const found = groups.find((group) => group.name === name);
  if (found) return found.gid;
  throw unknownName(name, { what: "group", known: groups.map((group) => group.name), at: item.at });
}

function ownerIds(
  text: string,
  { item, users, groups }: Known & { readonly users: readonly RecipeUser[] },
): ReturnType<Accounts["owner"]> {
  const [name = "", group] = text.split(":");
  const found = users.find((user) => user.name === name || String(user.uid) === name);
  if (!found && !/^\d+$/.test(name))
    throw unknownName(name, { what: "user", known: users.map((user) => user.name), at: item.at });
  const uid = found?.uid ?? Number(name);
  const gid = group === undefined ? (found?.gid ?? uid) : groupId(group, { item, groups });
  return { uid, gid };
}

function unknownName(
  name: string,
  {
    what,
    known,
    at,
  }: {
    readonly what: "user" | "group";
    readonly known: readonly string[];
    readonly at: Placed<unknown>["at"];
  },
): TareError {
  const near = suggest(name, known);
  return new TareError("user-bad-recipe", `the recipe has no ${what} ${name}`, {
    hint: near === undefined ? `name it under ${what}s, or write its number` : `did you mean ${near}?`,
    location: at(),
  });
}
