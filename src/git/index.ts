/**
 * git: repositories as sources of files. Which addresses are repositories, which commit a reference names, and the
 * files of a commit in a folder, by git(1). Knows nothing of images.
 */
export * from "./checkout.ts";
export * from "./fetch-folder.ts";
export * from "./reference.ts";
