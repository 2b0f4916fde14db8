import compression from "compression";
import express, { type Express } from "express";
import { marked } from "marked";

/** Turns Markdown into HTML: `POST /render` with the text as its body. */
export function createApp(): Express {
  const app = express();
  app.use(compression());
  app.get("/health", (_, response) => {
    response.json({ ok: true });
  });
  app.post("/render", express.text({ type: () => true }), async (request, response) => {
    response.type("html").send(await marked.parse(String(request.body ?? "")));
  });
  return app;
}
