import { collectBytes, TareError } from "../base/index.ts";
import { lookup } from "../tree/index.ts";
import { type FileTree, lookInto } from "./files.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Identity extends Owner {
  readonly additionalGids: readonly number[];
  /** The home directory of the account; `/` without one. */
  readonly home: string;
}

/**
 * The owner that `--chown=USER[:GROUP]` names, by the accounts of the file system that is written to. A
 * number alone is uid and gid, a name alone brings its group; `root` and nothing at all are 0, whatever accounts
 * there are. Unlike the reference, which silently takes root for a name that it does not find, an unknown
 * name is `resolve-user`.
 */
export async function resolveOwner(files: FileTree, spec: string): Promise<Owner> {
  const [user = "", group] = split(spec);
  const accounts = lazyAccounts(files);
  const gidOr = async (own: number) => (group ? ownerGroupId(accounts, group) : own);
  const uid = ownerNumber(user);
  if (uid !== undefined) return { uid, gid: await gidOr(uid) };
  const account = (await accounts.users()).find((candidate) => candidate.name === user);
  if (!account) throw unknown("user", user, files);
  return { uid: account.uid, gid: await gidOr(account.gid) };
}

async function ownerGroupId(accounts: Accounts, group: string): Promise<number> {
  return ownerNumber(group) ?? (await groupId(accounts, group));
}

function ownerNumber(text: string): number | undefined {
  if (text === "" || text === "root") return 0;
  return isNumber(text) && Number(text) <= HIGHEST_ID ? Number(text) : undefined;
}

const HIGHEST_ID = 2 ** 32 - 2;

/**
 * The identity of a process with `USER spec` in the image: its group is among the supplementary ones, and those of
 * /etc/group are too unless a group is named; a number without an account has group 0. An empty user is root, an
 * empty group none.
 */
export async function resolveIdentity(files: FileTree, spec: string): Promise<Identity> {
  const [named = "", group = ""] = split(spec);
  const user = named || "0";
  const accounts = lazyAccounts(files);
  const account = (await accounts.users()).find((candidate) =>
    isNumber(user) ? candidate.uid === Number(user) : candidate.name === user,
  );
  if (!account && !isNumber(user)) throw unknown("user", user, files);
  const uid = account?.uid ?? Number(user);
  const home = account?.home || "/";
  const gid = group === "" ? (account?.gid ?? 0) : await groupId(accounts, group);
  const groups = account && group === "" ? await groupsOf(accounts, account.name) : [];
  return { uid, gid, additionalGids: groups.includes(gid) ? groups : [gid, ...groups], home };
}

async function groupsOf(accounts: Accounts, name: string): Promise<readonly number[]> {
  return (await accounts.groups()).filter(({ members }) => members.includes(name)).map(({ gid }) => gid);
}

/** The numbers of groups, by the names of the file system or as they are; `resolve-user`. */
export async function resolveGroups(files: FileTree, groups: readonly string[]): Promise<readonly number[]> {
  const accounts = lazyAccounts(files);
  return Promise.all(groups.map((group) => groupId(accounts, group)));
}

interface User extends Owner {
  readonly name: string;
  readonly home: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

interface Accounts {
  users(): Promise<readonly User[]>;
  groups(): Promise<readonly Group[]>;
  readonly files: FileTree;
}

function lazyAccounts(files: FileTree): Accounts {
  return {
    files,
    users: async () =>
      (await lines(files, "etc/passwd")).map(([name = "", , uid, gid, , home = ""]) => ({
        name,
        uid: Number(uid),
        gid: Number(gid),
        home,
      })),
    groups: async () =>
      (await lines(files, "etc/group")).map(([name = "", , gid, members = ""]) => ({
        name,
        gid: Number(gid),
        members: members.split(",").filter(Boolean),
      })),
  };
}

async function groupId(accounts: Accounts, group: string): Promise<number> {
  if (isNumber(group)) return Number(group);
  const found = (await accounts.groups()).find(({ name }) => name === group);
  if (!found) throw unknown("group", group, accounts.files);
  return found.gid;
}

async function lines(files: FileTree, path: string): Promise<readonly (readonly string[])[]> {
  const found = await lookInto(files, (tree) => lookup(tree, path));
  if (found?.node.entry.kind !== "file") return [];
  const text = (await collectBytes(files.read(found.node))).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => line.split(":"));
}

function split(spec: string): readonly [string, string?] {
  const at = spec.indexOf(":");
  return at < 0 ? [spec] : [spec.slice(0, at), spec.slice(at + 1)];
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

function unknown(kind: "user" | "group", name: string, files: FileTree): TareError {
  const file = kind === "user" ? "/etc/passwd" : "/etc/group";
  return new TareError(
    "resolve-user",
    `unknown ${kind} ${JSON.stringify(name)}: no such name in ${file} of ${files.title}`,
    {
      hint: `create it in an earlier step, or write its number`,
    },
  );
}
