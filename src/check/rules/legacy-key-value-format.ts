import type { KeyValueInstruction } from "../../dockerfile/index.ts";
import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { SourceText } from "../source-text.ts";
import type { Fix, Rule } from "../types.ts";

export const legacyKeyValueFormat: Rule = {
  id: "LegacyKeyValueFormat",
  group: "buildkit",
  severity: "warning",
  summary: "Legacy key/value format with whitespace separator should not be used",
  url: ruleUrl("LegacyKeyValueFormat"),
  *check(context) {
    for (const { step } of stepsOf(triggeredStages(context), "ENV", "LABEL")) {
      const { instruction, keyword } = step;
      if (!instruction.legacy) continue;
      const fix = step.isTrigger ? undefined : equalsFix(context.source, instruction);
      yield {
        range: instruction.range,
        message: `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`,
        ...(fix && { fix }),
      };
    }
  },
};

/** `key value` to `key=value`; a value that is quoted in part would mean something else, so it is left alone. */
function equalsFix(source: SourceText, { pairs, range }: KeyValueInstruction): Fix | undefined {
  const [{ key, value } = { key: undefined, value: undefined }] = pairs;
  if (!key || !value || range.start.line !== range.end.line || !/^[\w.-]+$/.test(key.text)) return undefined;
  const isQuoted = /^(?:"[^"\\`]*"|'[^'\\`]*')$/.test(value.text);
  if (!isQuoted && /["'\\`]/.test(value.text)) return undefined;
  const text = isQuoted || !/\s/.test(value.text) ? value.text : `"${value.text}"`;
  const edit = {
    start: source.offsetOf(key.range.end),
    end: source.offsetOf(value.range.end),
    text: `=${text}`,
  };
  return { title: `write ${key.text}=${text}`, edits: [edit] };
}
