import { type Digest, defined, TareError } from "../../base/index.ts";
import { type Dockerfile, parseDockerfile, type StageInstruction } from "../../dockerfile/index.ts";
import {
  type BuildKitLayer,
  type ImageProvenance,
  type LayerOrigin,
  readBuildKit,
} from "../../provenance/index.ts";

/**
 * What a statement that BuildKit has attached says of the layers of the image: the instructions of the Dockerfile that
 * travels in it. Undefined when it is not such a statement.
 */
export function buildKitProvenance(
  bytes: Uint8Array,
  about: { readonly subject: Digest; readonly layers: readonly Digest[] },
): ImageProvenance | undefined {
  const facts = readBuildKit(bytes, about);
  if (!facts) return undefined;
  const files = facts.dockerfiles.map(({ file, source }) => parsed(source, file));
  return { layers: facts.layers.map((layer) => layer && originOf(layer, files)) };
}

/** Nobody writes more; whoever makes it up costs the reader time. Characters. */
const LARGEST_SOURCE = 1 << 20;

/** One that can not be read here says nothing: another version of the language may have made it. */
function parsed(source: string, file: string): Dockerfile | undefined {
  if (source.length > LARGEST_SOURCE) return undefined;
  try {
    return parseDockerfile(source, { file }).dockerfile;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

function originOf(
  { dockerfile, lines, image }: BuildKitLayer,
  files: readonly (Dockerfile | undefined)[],
): LayerOrigin | null {
  const file = dockerfile === undefined ? undefined : files[dockerfile];
  const found = file && lines && instructionAt(file, lines[0]);
  if (!found) return image === undefined ? null : { instruction: "FROM", image };
  const { instruction, stage } = found;
  const from = "from" in instruction ? instruction.from?.text : undefined;
  const { start, end } = instruction.range;
  return {
    instruction: instruction.keyword,
    dockerfile: file.file,
    stage,
    lines: [start.line, end.line],
    ...defined({ from, image }),
  };
}

function instructionAt(
  { stages }: Dockerfile,
  line: number,
):
  | { readonly instruction: StageInstruction | Dockerfile["stages"][number]["from"]; readonly stage: string }
  | undefined {
  for (const { from, instructions, index } of stages)
    for (const instruction of [from, ...instructions])
      if (instruction.range.start.line <= line && line <= instruction.range.end.line)
        return { instruction, stage: from.alias?.text.toLowerCase() ?? String(index) };
  return undefined;
}
