/**
 * recipe: what an image is composed of, said in YAML. Text to a checked and complete value for one Debian release and
 * one architecture, with positions in its errors. Fetches and composes nothing; reads only through what it is lent.
 */
export type * from "./types.ts";
