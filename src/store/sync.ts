import { execFile } from "node:child_process";
import { TareError } from "../base/index.ts";

/** Writes everything of a path's file system to the disk (sync(1), `--file-system`), without blocking this process. */
export function syncFileSystem(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("sync", ["-f", path], (error) => {
      if (!error) return resolve();
      reject(
        new TareError("environment-disk", `can not sync ${path}`, {
          hint: "check the disk that the store is on",
          cause: error,
        }),
      );
    });
  });
}
