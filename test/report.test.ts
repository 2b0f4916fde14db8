import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { reportImages } from "../src/api/index.ts";
import { sampleReport } from "../src/report/fixtures.ts";
import { reportDocument } from "../src/report/index.ts";
import { buildImage, findProgram, folder, ROOT, run, TARE } from "./harness.ts";

const executablePath = findProgram("chromium");
const skip = executablePath === undefined && "chromium is missing";
const pages = folder({});
let launched: Promise<Browser> | undefined;

after(async () => {
  await (await launched)?.close();
  pages[Symbol.dispose]();
});

/** A page that is watched: what it asks of the network, and what it complains of. */
interface Watched extends AsyncDisposable {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

interface Look {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
}

async function open(file: string, { width = 1280, colorScheme = "light" }: Look = {}): Promise<Watched> {
  launched ??= chromium.launch({ args: ["--no-sandbox"], ...(executablePath && { executablePath }) });
  const context = await (await launched).newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on("request", (request) => request.url() !== own && requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(own);
  await page.waitForSelector("h1");
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** A report of made-up images, written once. */
function sample(files: number): string {
  const file = join(pages.path, `${files}.html`);
  const part = (name: string) => readFileSync(join(import.meta.dirname, "../dist", name), "utf8").trim();
  writeFileSync(
    file,
    reportDocument(sampleReport(files), { script: part("report.js"), style: part("report-style.css") }),
  );
  return file;
}

/** What axe-core finds wrong for those who do not see, or not well. */
async function violations(page: Page): Promise<readonly string[]> {
  // Its own script is let in beside the policy, which only holds for what the page itself brings.
  await page.evaluate(axe.source);
  const found: readonly { id: string; nodes: readonly { html: string }[] }[] = await page.evaluate(
    "axe.run(document).then(({ violations }) => violations)",
  );
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ html }) => html.slice(0, 160))
        .slice(0, 3)
        .join(" | ")}`,
  );
}

test("tare report shows images that were built, whatever their files are called, and asks nobody for anything", {
  skip,
}, async () => {
  const hostile = "</script><script>hacked=1</script><img src=x onerror=hacked=1>";
  using context = folder({
    Dockerfile: `FROM scratch AS build\nCOPY . /\nFROM scratch\nCOPY --from=build /a /a\nLABEL x=${JSON.stringify(hostile)}\n`,
    "a/plain.txt": "x".repeat(2000),
    [`a/${hostile}`]: "y".repeat(500),
    left: "z".repeat(9000),
  });
  for (const [name, target] of [
    ["report-full", "build"],
    ["report-slim", ""],
  ] as const)
    await buildImage({ context: context.path, tags: [`${name}:1`], target, noCache: true });
  const file = join(pages.path, "built.html");
  const { stdout } = await run(TARE, [
    "report",
    "--root",
    ROOT,
    "-o",
    file,
    "report-full:1",
    "report-slim:1",
  ]);
  assert.match(stdout, /built\.html: \d+(\.\d+)?kB\n$/);
  await using shown = await open(file);
  const { page } = shown;
  assert.equal(await page.textContent("h1"), "report-slim:1");
  assert.match((await page.textContent(".weight em")) ?? "", /^\d.*smaller than report-full:1$/);
  assert.match((await page.textContent("#files + .lead")) ?? "", /^2 files$/);
  assert.match(
    (await page.textContent(".left")) ?? "",
    /kB stayed behind in build stages, 2\.5 kB are in the image/,
  );
  assert.deepEqual(await page.locator(".stage .name b").allTextContents(), ["build", "stage-1"]);
  await page.getByLabel("Causes").check();
  assert.equal(await page.textContent(".area.deep1 b"), "COPY and ADD");
  assert.equal(await page.textContent(".layers .place"), "Dockerfile:4, stage 1, out of build");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.evaluate("typeof hacked"), "undefined");
  assert.ok((await page.textContent(".rows tbody")) !== "");
  await page.locator("select").selectOption("0");
  assert.equal(await page.textContent("h1"), "report-full:1");
  const waiting = page.waitForEvent("download");
  await page.locator(".documents button").first().click();
  const download = await waiting;
  assert.equal(download.suggestedFilename(), "report-full-1.cdx.json");
  assert.equal(JSON.parse(readFileSync(await download.path(), "utf8")).specVersion, "1.6");
  assert.deepEqual([shown.requests, shown.complaints], [[], []]);
});

test("a search finds files, marks them on the map and shows where they are", { skip }, async () => {
  await using shown = await open(sample(1500), { colorScheme: "dark" });
  const { page } = shown;
  await page.keyboard.press("/");
  await page.keyboard.type("node_modules/part3/ js");
  await page.waitForSelector(".matches li");
  const [status] = await page.locator(".search output").allTextContents();
  assert.match(status ?? "", /^\d+ files?, /);
  assert.match((await page.textContent("#files + .lead")) ?? "", /^\d+ files? of 125 match the search$/);
  assert.ok((await page.locator(".area.dimmed").count()) > 0);
  for (const path of await page.locator(".path").allTextContents())
    assert.match(path, /node_modules\/part3\//);
  await page.locator(".matches button").first().click();
  assert.match((await page.textContent(".crumbs b")) ?? "", /part3|dist/);
  await page.fill("input[type=search]", "nosuchfile");
  await page.getByText("Nothing of that name is in the image.").waitFor();
  // Dark is what the system says; what the reader chooses counts more, and is remembered.
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const dark = await ground();
  await page.getByRole("button", { name: /^Colours: Auto/ }).click();
  await page.locator("html[data-theme=light]").waitFor();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await page.locator("html[data-theme=light]").waitFor();
  assert.equal(await ground(), light);
  assert.deepEqual(shown.complaints, []);
});

test("the map opens by click and by key, and goes back; axe finds nothing", { skip }, async () => {
  await using shown = await open(sample(600));
  const { page } = shown;
  for (const details of await page.locator("details summary").all()) await details.click();
  assert.deepEqual(await violations(page), []);
  const here = () => page.textContent(".crumbs b");
  await page
    .locator(".area.zooms")
    .first()
    .click({ position: { x: 9, y: 9 } });
  const first = await here();
  assert.notEqual(first, "shop:slim");
  await page.locator(".crumbs button").first().click();
  assert.equal(await here(), "shop:slim");
  await page.locator(".area[tabindex='0']").focus();
  await page.keyboard.press("Enter");
  assert.equal(await here(), first);
  assert.ok(await page.evaluate("document.activeElement.matches('.area')"));
  const focused = () => page.evaluate("document.activeElement.textContent");
  const before = await focused();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await focused(), before);
  await page.keyboard.press("Escape");
  assert.equal(await here(), "shop:slim");
  assert.equal(await page.locator(".area[tabindex='0']").count(), 1);
  assert.deepEqual([shown.requests, shown.complaints], [[], []]);
});

test("tables of 60,000 files are sorted, and draw only what is in sight", { skip }, async () => {
  await using shown = await open(sample(60_000));
  const { page } = shown;
  await page.locator("select").selectOption("0");
  const table = page.getByRole("region", { name: "Table of files" });
  await table.locator("table[aria-rowcount='60001']").waitFor();
  assert.ok((await table.locator("tbody tr").count()) < 60);
  const top = () => table.locator("tbody tr th").first().textContent();
  const largest = await top();
  await table.getByRole("button", { name: "Path" }).click();
  assert.equal(await table.locator("th[aria-sort=ascending]").textContent(), "Path▴");
  assert.match((await top()) ?? "", /^\/app\/module/);
  await table.getByRole("button", { name: "Size" }).click();
  assert.equal(await top(), largest);
  await table.evaluate((box) => box.scrollTo(0, 36 * 30_000));
  await table.locator("tr[aria-rowindex='30010']").waitFor();
  assert.ok((await table.locator("tbody tr").count()) < 60);
  assert.deepEqual(shown.complaints, []);
});

test("on a dark phone the table stands in for the map, nothing is wider, and axe finds nothing", {
  skip,
}, async () => {
  await using shown = await open(sample(600), { width: 375, colorScheme: "dark" });
  const { page } = shown;
  const width = () => page.evaluate("document.documentElement.scrollWidth");
  assert.equal(await width(), 375);
  await page.getByLabel("Folders").check();
  await page.getByLabel("As a table").check();
  await page.locator(".parts button").first().click();
  assert.notEqual(await page.textContent(".crumbs b"), "shop:slim");
  await page.fill("input[type=search]", "lib");
  await page.waitForSelector(".matches li");
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await width(), 320);
  assert.deepEqual([shown.requests, shown.complaints], [[], []]);
});

test("an image that is not there, or a file that can not be written, is told", async () => {
  await assert.rejects(run(TARE, ["report", "--root", ROOT]), { stderr: /at least 1 argument/ });
  await assert.rejects(run(TARE, ["report", "--root", ROOT, "000000000000"]), { stderr: /no such image/ });
  await assert.rejects(reportImages({ root: ROOT, images: ["000000000000"] }), { code: "resolve-image" });
});
