import type { Position, SourceRange } from "../base/index.ts";

/** A range in one object: a large file has hundreds of thousands, and as three objects each they are half of its tree. */
export class Span implements SourceRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;

  constructor(start: Position, end: Position) {
    this.startLine = start.line;
    this.startColumn = start.column;
    this.endLine = end.line;
    this.endColumn = end.column;
  }

  get start(): Position {
    return { line: this.startLine, column: this.startColumn };
  }

  get end(): Position {
    return { line: this.endLine, column: this.endColumn };
  }

  /** As data it is a range like any other. */
  toJSON(): SourceRange {
    return { start: this.start, end: this.end };
  }
}
