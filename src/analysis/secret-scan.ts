import { findSecret } from "../text/index.ts";
import type { OpenFile } from "./contents.ts";
import type { SecretScan } from "./types.ts";

/** So much of a file is read, so much of all files together. */
const HEAD = 64 * 1024;
const BUDGET = 64 * 1024 * 1024;
/** Whether a file is text is seen in this much of it. */
const PROBE = 1024;
/** Of other files so much is searched, and only for keys with their content, because programs have the first line of one too. */
const BINARY_HEAD = 8 * 1024;
const WHOLE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\r?\n(?:[A-Za-z0-9+/=]{16,}\r?\n){2}/;

/** Looks for secrets in the beginnings of files, until there were too many. */
export interface RunningScan {
  /** What looks like a secret in a file; undefined when nothing does, and when it was not looked at. */
  look(file: OpenFile): string | undefined;
  told(): SecretScan;
}

export function createSecretScan(): RunningScan {
  const told = { files: 0, bytes: 0, skipped: 0 };
  return {
    look(file) {
      if (told.bytes >= BUDGET) {
        told.skipped++;
        return undefined;
      }
      told.files++;
      const isText = !file.read(0, PROBE).includes(0);
      const head = file.read(0, isText ? HEAD : BINARY_HEAD);
      if (isText) told.bytes += head.length;
      const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
      if (isText) return findSecret(text);
      return WHOLE_KEY.test(text) ? "a private key" : undefined;
    },
    told: () => ({ ...told }),
  };
}
