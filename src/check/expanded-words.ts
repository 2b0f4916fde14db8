import type { Heredoc, StageInstruction, Word } from "../dockerfile/index.ts";

/** A text that variables are replaced in; in a heredoc quotes are ordinary characters. */
export interface ExpandedText {
  readonly text: string;
  readonly isHeredoc: boolean;
}

/**
 * The texts of an instruction in which a build replaces variables (dockerfile reference, "Environment replacement"),
 * and says which are not set; of EXPOSE it does not say it.
 */
export function expandedTexts(instruction: StageInstruction): readonly ExpandedText[] {
  const words = wordsOf(instruction).map(({ text }) => ({ text, isHeredoc: false }));
  const isCopy = instruction.keyword === "COPY" || instruction.keyword === "ADD";
  const heredocs: readonly Heredoc[] = isCopy ? instruction.heredocs : [];
  return [
    ...words,
    ...heredocs.filter(({ expand }) => expand).map(({ body }) => ({ text: body, isHeredoc: true })),
  ];
}

function wordsOf(instruction: StageInstruction): readonly Pick<Word, "text">[] {
  switch (instruction.keyword) {
    case "COPY":
    case "ADD": {
      const { chown, chmod, checksum, sources, destination } = instruction;
      return [chown, chmod, checksum, ...sources, destination].filter((word) => word !== undefined);
    }
    case "ENV":
    case "LABEL":
      return instruction.pairs.flatMap(({ key, value }) => (value ? [key, value] : [key]));
    case "VOLUME":
      return instruction.words;
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
      return [instruction.word];
    case "RUN":
      return instruction.mounts.flatMap(({ options }) =>
        options.filter(({ key }) => key !== "from").map(({ value }) => ({ text: value })),
      );
    default:
      return [];
  }
}
