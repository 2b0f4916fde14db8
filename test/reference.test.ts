import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { test } from "node:test";
import { findProgram } from "./harness.ts";
import { referenceCases } from "./reference-cases.ts";
import { factsOf } from "./reference-facts.ts";

for (const { name, dockerfile, files, history } of referenceCases)
  test(`as BuildKit 0.34: ${name}`, async () => {
    assert.deepEqual(await factsOf(dockerfile), { files, history });
  });

const busybox = findProgram("busybox");

const STEPS = `FROM scratch
COPY busybox /bin/
RUN ["/bin/busybox", "--install", "/bin"]
RUN chmod 711 / && chown 5:6 /
RUN true
RUN { stat -c '%a %u:%g' /; hostname; grep -o 'own$' /etc/hosts; env | grep -i _proxy | sort; } > /out
RUN <<E
#!/bin/cat
E
`;

test("what a step finds: the root that an earlier one left, proxies in both cases, the name of its machine", {
  skip: !busybox && "busybox is missing",
}, async () => {
  const { files, history } = await factsOf(STEPS, {
    files: { busybox: (path) => copyFileSync(busybox as string, path) },
    buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: "own", HTTP_PROXY: "http://h", no_proxy: "n" },
  });
  const proxies = ["HTTP_PROXY=http://h", "NO_PROXY=n", "http_proxy=http://h", "no_proxy=n"];
  const content = ["711 5:6", "own", "own", ...proxies, ""].join("\n");
  assert.equal(
    files.find((line) => line.startsWith("/out ")),
    `/out file 644 0:0 ${JSON.stringify(content)}`,
  );
  assert.equal(history.at(-1), "RUN /bin/sh -c /dev/pipes/E # buildkit");
});
