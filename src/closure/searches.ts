import type { Tree } from "../tree/index.ts";
import type { LibrarySearch } from "./find-library.ts";
import type { Searches } from "./load-all.ts";
import { configuredFolders, muslConfiguredFolders, type TextOf } from "./loader-config.ts";
import type { TreeFiles } from "./tree-files.ts";

/** What decides where libraries are looked for. */
export interface SearchFacts extends Pick<LibrarySearch, "facts"> {
  readonly files: TreeFiles;
  readonly text: TextOf;
  readonly environment: readonly string[];
  readonly libraryFolders: readonly string[];
}

/** What each of the loaders searches in a tree. */
export function searchesOf(
  tree: Tree,
  { files, facts, text, environment, libraryFolders }: SearchFacts,
): Searches {
  const libraryPath = foldersIn(environment, { name: "LD_LIBRARY_PATH", separator: /[:;]/ });
  const common = { files, facts, libraryPath };
  const configured = [...libraryFolders, ...configuredFolders(tree, { files, text })];
  return {
    glibc: { ...common, configured, flavour: "glibc", known: new Map() },
    musl: { ...common, configured: muslConfiguredFolders(tree, text), flavour: "musl", known: new Map() },
  };
}

/** The folders of a variable; relative ones are left out, since they depend on where a process happens to be. */
export function foldersIn(
  environment: readonly string[],
  {
    name,
    separator = /:/,
    otherwise = "",
  }: { readonly name: string; readonly separator?: RegExp; readonly otherwise?: string },
): readonly string[] {
  const pair = environment.findLast((candidate) => candidate.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1) ?? otherwise;
  return value.split(separator).filter((folder) => folder.startsWith("/"));
}
