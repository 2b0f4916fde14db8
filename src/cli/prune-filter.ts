import { type LabelFilter, type PruneOptions, TareError } from "../api/index.ts";
import { parseMoment } from "./moment.ts";

/** What `--filter until=…` and `--filter label=…` ask for; `user-bad-flag` for others. */
export function pruneFilters(
  filters: readonly string[],
  now: number,
): Pick<PruneOptions, "until" | "labels"> {
  const labels: LabelFilter[] = [];
  let until: number | undefined;
  for (const filter of filters) {
    const at = filter.indexOf("=");
    const [key, value] = [filter.slice(0, Math.max(0, at)), filter.slice(at + 1)];
    if (key === "until" && until !== undefined)
      throw new TareError("user-bad-flag", "more than one until filter", { hint: "give one" });
    if (key === "until") until = parseMoment(value, { flag: "--filter until", now });
    else if ((key === "label" || key === "label!") && value !== "") labels.push(labelOf(key, value));
    else
      throw new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
        hint: "filters are until=24h, label=NAME[=VALUE] and label!=NAME[=VALUE]",
      });
  }
  return { ...(until !== undefined && { until }), ...(labels.length > 0 && { labels }) };
}

function labelOf(key: string, text: string): LabelFilter {
  const at = text.indexOf("=");
  return {
    name: at < 0 ? text : text.slice(0, at),
    ...(at >= 0 && { value: text.slice(at + 1) }),
    ...(key === "label!" && { not: true }),
  };
}
