import { createRequire } from "node:module";
import { lazy } from "./lazy.ts";

/** Functions of C libraries by name. Loaded at the first use, because it costs 10 ms of start-up. */
export const koffi = lazy(() => createRequire(import.meta.url)("koffi") as typeof import("koffi"));
