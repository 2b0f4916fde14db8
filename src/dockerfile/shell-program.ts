/** Whether a program is one of the usual shells, by its name or by where they are. */
export function isShellProgram(program: string | undefined): boolean {
  return /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh$/.test(program ?? "");
}

/** What to do about a RUN whose base has no shell. */
export const RUN_ELSEWHERE =
  "do it in an earlier stage on a base with a shell, and COPY --from that stage the result";
