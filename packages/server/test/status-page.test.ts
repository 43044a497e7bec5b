import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { localApiServer } from "../src/adapters/local-api/local-api-server.ts";
import { fleetOf } from "./status-page/fleet.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const PALE_TEXT = readFileSync(new URL("./status-page/pale-text.js", import.meta.url), "utf8");
const PHONE: BrowserContextOptions = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true };

if (CHROMIUM === undefined) {
  if (process.env["CI"])
    throw new Error("the status page cannot be tested: there is no Chromium (apt-get install chromium)");
  process.stderr.write("skipped: the status page, as there is no Chromium here (apt-get install chromium)\n");
}

const suite = CHROMIUM === undefined ? describe.skip : describe;

suite("the status page", () => {
  let browser: Browser;
  let url: string;
  let stopping: AbortController;
  let ended: Promise<void>;
  let fleet: ReturnType<typeof fleetOf>;
  const complaints: string[] = [];

  beforeAll(async () => {
    // Chromium's own sandbox needs rights that a container's root has not.
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox"] });
  }, 30_000);
  afterAll(() => browser.close());

  beforeEach(async () => {
    fleet = fleetOf({ nodes: 3, pods: 40 });
    complaints.length = 0;
    stopping = new AbortController();
    const bound = Promise.withResolvers<AddressInfo>();
    ended = localApiServer({
      address: { host: "127.0.0.1", port: 0 },
      fleet: () => fleet,
      pod: () => ({ server: fleet.server }),
      tryAssumption: async () => ({ kind: "not-found" }),
      onListening: bound.resolve,
    })(stopping.signal);
    url = `http://127.0.0.1:${(await bound.promise).port}/`;
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    stopping.abort();
    await ended;
    expect(complaints).toEqual([]);
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => void complaints.push(String(error)));
    page.on("request", (request) => void (request.url().startsWith(url) || complaints.push(`asked ${request.url()}`)));
    await page.clock.install();
    await page.goto(url);
    await page.waitForSelector("html[data-loaded]");
    return page;
  }

  const background = (page: Page) => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");

  test("shows nodes, pods, refusals and certificates, and first what is wrong", async () => {
    const page = await open();
    const problems = await page.locator("#problems li").allTextContents();
    expect(problems.join("\n")).toContain("worker-1: metadata traffic is not brought to the agent");
    expect(problems.join("\n")).toContain("sts-access-denied");
    expect(await page.getByRole("table", { name: "Nodes" }).getByRole("row").count()).toBe(4);
    expect(await page.getByRole("table", { name: "Pods with a role" }).getByRole("row").count()).toBe(41);
    expect(await page.getByRole("table", { name: "Recent refusals" }).textContent()).toContain("role-not-permitted");
    expect(await page.getByRole("table", { name: "Certificates" }).textContent()).toContain("days");
  });

  test("takes text of tenants for text", async () => {
    const [first] = fleet.pods;
    const hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    fleet = { ...fleet, pods: [{ ...(first as (typeof fleet.pods)[number]), roleArn: hostile }] };
    const page = await open();
    expect(await page.locator("#pods").textContent()).toContain(hostile);
    expect(await page.locator("#pods img, #pods script").count()).toBe(0);
  });

  test("is light or dark as the reader has it", async () => {
    expect(await background(await open({ colorScheme: "light" }))).toBe("rgb(255, 255, 255)");
    expect(await background(await open({ colorScheme: "dark" }))).toBe("rgb(20, 23, 26)");
  });

  test.each(["light", "dark"] as const)("has enough contrast everywhere in %s (WCAG AA)", async (colorScheme) => {
    const page = await open({ colorScheme });
    const pale = await page.evaluate(PALE_TEXT);
    expect(pale).toEqual([]);
  });

  test("fits a phone without scrolling sideways, and each cell says what it is", async () => {
    const page = await open(PHONE);
    const [scroll, client] = await page.evaluate<number[]>(
      "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
    );
    expect([scroll, client]).toEqual([375, 375]);
    expect(await page.evaluate(`getComputedStyle(document.querySelector("#pods td"), "::before").content`)).toBe(
      '"Pod"',
    );
    expect(await page.getByRole("table", { name: "Pods with a role" }).getByRole("cell").count()).toBe(200);
  });

  test("shows 5,000 pods by pages and filters them as one types", async () => {
    fleet = fleetOf({ nodes: 100, pods: 5_000 });
    const page = await open();
    expect(await page.locator("#pods tbody tr").count()).toBe(50);
    expect(await page.locator("#page-number").textContent()).toBe("Page 1 of 100");
    await page.getByRole("button", { name: "Next" }).press("Enter");
    expect(await page.locator("#page-number").textContent()).toBe("Page 2 of 100");
    await page.getByRole("searchbox").fill("pod-4999 team-19");
    expect(await page.locator("#pods tbody tr").count()).toBe(1);
    expect(await page.locator("#pods-count").textContent()).toBe("1 of 5000");
    expect(await page.locator("#pages").isHidden()).toBe(true);
    await page.getByRole("searchbox").fill("no such pod");
    expect(await page.locator("#pods").textContent()).toBe("None.");
    // What is shown is a page, so its cost does not grow with the pods: no more elements than fifty rows need.
    expect(await page.locator("body *").count()).toBeLessThan(2_000);
  });

  test("is worked by the keyboard alone", async () => {
    fleet = fleetOf({ nodes: 1, pods: 200 });
    const page = await open();
    const reached = [];
    for (let step = 0; step < 3; step++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate("document.activeElement.id"));
    }
    expect(reached.slice(0, 2)).toEqual(["filter-text", "next"]);
  });

  test("says when the server no longer answers", async () => {
    const page = await open();
    stopping.abort();
    await ended;
    await page.clock.fastForward("00:06");
    await page.getByText("No news").waitFor();
    complaints.length = 0; // Chromium itself reports the refused connection
  });
});
