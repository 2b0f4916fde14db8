import { encodeTarHeader } from "./encode.ts";
import { TAR_END, tarPadding } from "./header.ts";
import { readTar } from "./reader.ts";

/**
 * The same archive with every content in one piece: sparse files are expanded, old header forms become
 * ours. What comes out can be read in place, by offsets.
 */
export async function* plainTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const member of readTar(bytes)) {
    yield encodeTarHeader(member.header);
    yield* member.content();
    yield tarPadding(member.header.size);
  }
  yield TAR_END;
}
