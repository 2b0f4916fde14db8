/** The same bytes; `onBytes` is told of each piece once it was taken. */
export async function* countedBytes(
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    yield chunk;
    onBytes(chunk.length);
  }
}
