import { readFileSync } from "node:fs";

/** docs/troubleshooting.md. In a bundle it is the text that the page had at the build (.ci/tasks/bundle.mjs). */
export const troubleshootingPage = (): string =>
  readFileSync(new URL("../../../../../docs/troubleshooting.md", import.meta.url), "utf8");
