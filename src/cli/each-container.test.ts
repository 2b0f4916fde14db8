import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../api/index.ts";
import { command as rm } from "./commands/rm.ts";
import { eachContainer } from "./each-container.ts";
import { parseFlags } from "./flags.ts";

test("what fails with one container is told and keeps no other from it; what is forgiven does not count", async () => {
  const work = async (forgiven?: "resolve-container") => {
    const told: string[] = [];
    const write = (text: string) => void told.push(text.split("\n")[0] ?? "");
    const terminal = {
      out: write,
      outPieces: async () => undefined,
      err: { write, columns: () => 80, rows: () => 24, colour: false },
      isTerminal: false,
      hasKeyboard: false,
      env: {},
      signal: new AbortController().signal,
    };
    const flags = parseFlags(rm.spec, ["gone", "there"]);
    const code = await eachContainer("rm", { flags, terminal, forgiven }, async ({ container }) => {
      if (container === "there") return container;
      throw new TareError("resolve-container", `no such container: ${container}`);
    });
    return { code, told };
  };
  const told = ["ERROR: no such container: gone", "there"];
  assert.deepEqual(await work(), { code: 1, told });
  assert.deepEqual(await work("resolve-container"), { code: 0, told });
});
