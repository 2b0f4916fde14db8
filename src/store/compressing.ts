import { limiter } from "../base/index.ts";

/**
 * Bounds how many layers are compressed at once, whoever wants them: one keeps the processors busy nearly all the time, a
 * second one fills the gaps, and more would only take memory.
 */
export const compressing = limiter(2);
