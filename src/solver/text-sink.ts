import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { createMask } from "./mask.ts";

/** A stream for a process's output as text: characters whole, secrets masked. */
export function textSink(take: (text: string) => void, secrets: readonly string[] = []): Writable {
  const decoder = new StringDecoder("utf8");
  const mask = createMask(secrets);
  const show = (text: string) => {
    if (text !== "") take(text);
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      show(mask.push(decoder.write(chunk)));
      done();
    },
    final(done) {
      show(mask.push(decoder.end()) + mask.end());
      done();
    },
  });
}
