import assert from "node:assert/strict";
import { test } from "node:test";
import { commandName } from "./command-name.ts";

test("a command is named by one word, or by two where it is a verb of a group", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "help", ""],
    ["build -t x .", "build", "-t x ."],
    ["image ls -q", "images", "-q"],
    ["image build .", "build", "."],
    ["image", "image", ""],
    ["container ls -a", "ps", "-a"],
    ["container logs web", "logs", "web"],
    ["container prune", "container prune", ""],
    ["image prune -f", "image prune", "-f"],
    ["system df", "du", ""],
    ["system prune -f", "prune", "-f"],
    ["buildx build -t x .", "build", "-t x ."],
    ["buildx prune", "builder prune", ""],
    ["builder prune -a", "builder prune", "-a"],
    ["base", "base", ""],
    ["base --help", "base", "--help"],
    ["base ls", "base ls", ""],
    ["base list --format json", "base ls", "--format json"],
    ["base resolve a.yaml", "base resolve", "a.yaml"],
    ["base toString", "base", "toString"],
    ["base reslove a.yaml", "base", "reslove a.yaml"],
    ["build ls", "build", "ls"],
    ["__proto__ ls", "__proto__", "ls"],
  ];
  for (const [typed, name, rest] of cases)
    assert.deepEqual(
      commandName(typed.split(" ").filter(Boolean)),
      { name, rest: rest.split(" ").filter(Boolean) },
      typed,
    );
});
