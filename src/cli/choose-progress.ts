import { TareError } from "../api/index.ts";
import type { ProgressRenderer, Screen } from "./progress.ts";
import { plainProgress } from "./progress-plain.ts";
import { rawJsonProgress } from "./progress-rawjson.ts";
import { ttyProgress } from "./progress-tty.ts";

export interface ProgressChoice {
  /** `--progress`, or BUILDKIT_PROGRESS. */
  readonly wanted: string | undefined;
  readonly isTerminal: boolean;
  readonly screen: Screen;
  /** BUILDKIT_TTY_LOG_LINES. */
  readonly logLines?: string | undefined;
  /** What is done, for a terminal; default: Building. */
  readonly title?: string;
}

const MODES = ["auto", "tty", "plain", "rawjson", "quiet", "none"];

/** The renderer for `--progress`; `auto` draws on a terminal and writes lines elsewhere. */
export function chooseProgress({
  wanted = "auto",
  isTerminal,
  screen,
  logLines,
  title = "Building",
}: ProgressChoice): ProgressRenderer {
  if (!MODES.includes(wanted))
    throw new TareError("user-bad-flag", `invalid progress mode ${JSON.stringify(wanted)}`, {
      hint: `--progress takes ${MODES.slice(0, -1).join(", ")}`,
    });
  const automatic = isTerminal ? "tty" : "plain";
  const mode = wanted === "auto" ? automatic : wanted;
  if (mode === "tty")
    return ttyProgress({ title, screen, logLines: Math.max(1, Number(logLines) || 6), now: Date.now });
  if (mode === "rawjson") return rawJsonProgress(screen);
  return mode === "plain" ? plainProgress(screen) : { show: () => {}, end: () => {} };
}
