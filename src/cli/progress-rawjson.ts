import type { BuildEvent, StepInfo } from "../api/index.ts";
import { jsonText } from "./json-text.ts";
import type { ProgressRenderer, Screen } from "./progress.ts";

/** BuildKit's status stream, one JSON object a line: `{vertexes, statuses, logs, warnings}`. */
export function rawJsonProgress({ write }: Pick<Screen, "write">): ProgressRenderer {
  const infos = new Map<string, StepInfo>();
  const started = new Map<string, number>();
  const line = (value: object) => write(jsonText(value, 0));

  function vertex(id: string, facts: object): void {
    const info = infos.get(id);
    const at = started.get(id);
    line({
      vertexes: [
        {
          digest: id,
          inputs: info?.inputs ?? [],
          name: info?.name ?? id,
          ...(at !== undefined && { started: time(at) }),
          ...facts,
        },
      ],
    });
  }

  return {
    end: () => {},
    show(event: BuildEvent) {
      switch (event.type) {
        case "plan":
          for (const info of event.steps) infos.set(info.id, info);
          return line({
            vertexes: event.steps.map(({ id, name, inputs }) => ({ digest: id, name, inputs })),
          });
        case "step-started":
          started.set(event.step, event.at);
          return vertex(event.step, {});
        case "step-ended": {
          if (!started.has(event.step)) started.set(event.step, event.at);
          const error =
            event.outcome === "failed" || event.outcome === "cancelled"
              ? { error: event.message ?? event.outcome }
              : {};
          return vertex(event.step, {
            completed: time(event.at),
            ...(event.outcome === "cached" && { cached: true }),
            ...error,
          });
        }
        case "step-log": {
          const data = Buffer.from(event.data).toString("base64");
          return line({
            logs: [
              {
                vertex: event.step,
                stream: event.stream === "stdout" ? 1 : 2,
                data,
                timestamp: time(event.at),
              },
            ],
          });
        }
        case "step-progress": {
          const { step, what, current, total = 0, at } = event;
          return line({
            statuses: [{ id: what, vertex: step, name: what, total, current, timestamp: time(at) }],
          });
        }
        case "notice":
          return line({
            warnings: [
              { level: 1, short: Buffer.from(event.message).toString("base64"), detail: [], url: "" },
            ],
          });
        default:
          return;
      }
    },
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
