import { readFileSync } from "node:fs";
import type { Answer } from "./answer.ts";

/** Nothing from elsewhere, nothing inline, no frame around it, and no text that becomes markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Beside the sources as beside the bundle. */
const file = (name: string, type: string): Answer => ({
  status: 200,
  headers: {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
  },
  body: readFileSync(new URL(`./status-page/${name}`, import.meta.url), "utf8"),
});

const FILES: ReadonlyMap<string, () => Answer> = new Map([
  ["/", () => file("index.html", "text/html")],
  ["/page.css", () => file("page.css", "text/css")],
  ["/page.js", () => file("page.js", "text/javascript")],
]);

/** The page and what it loads, for people with a port-forward; undefined for any other path. */
export const statusPage = (path: string): Answer | undefined => FILES.get(path)?.();
