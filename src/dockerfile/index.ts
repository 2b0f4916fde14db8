/**
 * dockerfile: the Dockerfile language, pure. Text to a syntax tree with positions, words to their expanded
 * form, .dockerignore patterns. What the instructions do is `frontend/`'s.
 */
export type * from "./ast.ts";
export { syntaxOf } from "./directives.ts";
export * from "./duration.ts";
export * from "./expand.ts";
export { parseHeredocMark } from "./heredoc.ts";
export * from "./ignore.ts";
export * from "./keywords.ts";
export * from "./parse.ts";
export * from "./secret-name.ts";
export * from "./shell-program.ts";
export * from "./stage-name.ts";
