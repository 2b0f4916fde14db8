import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createApp } from "./app.js";

test("Markdown becomes HTML", async () => {
  const server = createApp().listen(0);
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://localhost:${port}/render`, { method: "POST", body: "# Title" });
    assert.equal(await response.text(), "<h1>Title</h1>\n");
  } finally {
    server.close();
  }
});
