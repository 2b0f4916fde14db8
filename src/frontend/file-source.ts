import { TareError } from "../base/index.ts";
import { resolveStageName, type Stage } from "../dockerfile/index.ts";
import { resolveName } from "./sources.ts";
import { type Converter, convertStage, noteName } from "./stage.ts";
import type { FileSource } from "./types.ts";

/** Where `--from=NAME` takes its files from; without a name, from the build context. */
export async function openFiles(
  converter: Converter,
  stage: Stage,
  name: string | undefined,
): Promise<FileSource> {
  if (name === undefined) return localSource(converter, "context");
  refuseLaterStage(converter, stage, name);
  const source = resolveName(converter.request, { name, before: stage.index, numeric: true });
  switch (source.type) {
    case "stage": {
      const { vertex } = await convertStage(converter, source.stage);
      return { isContext: false, ...(vertex !== undefined && { vertex }) };
    }
    case "scratch":
      return { isContext: false };
    case "local":
      return localSource(converter, source.context);
    case "image": {
      noteName(converter, source, { how: "--from=" });
      await converter.resolveBase(source.identifier, converter.request.targetPlatform);
      const op = {
        type: "source",
        identifier: source.identifier,
        platform: converter.request.targetPlatform,
      } as const;
      return { isContext: false, vertex: converter.builder.add(op, [], { name: `FROM ${source.title}` }) };
    }
  }
}

function localSource(converter: Converter, context: string): FileSource {
  converter.localContexts.add(context);
  const name =
    context === "context" ? "[internal] load build context" : `[context ${context}] load from folder`;
  return {
    isContext: true,
    vertex: converter.builder.add({ type: "source", identifier: `local://${context}` }, [], { name }),
  };
}

function refuseLaterStage(converter: Converter, stage: Stage, name: string): void {
  if (/^\d+$/.test(name)) return;
  const { stages } = converter.request.dockerfile;
  if (resolveStageName(stages.slice(0, stage.index), name) || !resolveStageName(stages, name)) return;
  throw new TareError(
    "resolve-stage",
    `cannot copy from stage ${JSON.stringify(name)}, it needs to be defined before this one`,
    {
      hint: `move the stage ${name} above the stage that copies from it`,
    },
  );
}
