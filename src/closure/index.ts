/**
 * closure: the proof that a file system is complete. It loads every program and library of a tree as the
 * kernel and the loader would, in the mind only: which library each name leads to, whether its versions
 * are there, which interpreter starts what, where links lead. What is missing is a list of plain gaps; the
 * same walk tells who needs which file. Reads no disk: what a file is, the caller says.
 */
export * from "./allowance.ts";
export * from "./describe-gap.ts";
export * from "./gap.ts";
export * from "./need-graph.ts";
export * from "./program-facts.ts";
export * from "./prove-closure.ts";
export * from "./script.ts";
