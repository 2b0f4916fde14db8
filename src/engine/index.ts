/**
 * engine: the same use cases inside namespaces of their own. The caller's side starts it and speaks to it
 * over two pipes; `main.ts` is what is started. Node can not enter a namespace while it runs, because its
 * threads would see different mounts, so it is started there.
 */
export * from "./call.ts";
export * from "./launch.ts";
export * from "./serve.ts";
