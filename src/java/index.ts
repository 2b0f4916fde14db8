/**
 * java: the file in which a Java runtime keeps its modules, read and written anew with fewer of them. Bytes in, bytes out:
 * nothing is started, and nothing of trees or packages is known.
 */
export * from "./cut-runtime.ts";
export * from "./module-files.ts";
