import type { BuildEvent } from "../api/index.ts";

/** Shows a build while it goes on; writes to standard error only. */
export interface ProgressRenderer {
  show(event: BuildEvent): void;
  /** After the last event, or when the build has failed: leaves the terminal as it was. */
  end(): void;
}

/** Where a renderer writes to. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly colour: boolean;
}
