/** Where the documents of this project are read; what people are told links to them. */
export const DOCS_URL = "https://rolecall.dev/docs";

/** The section of the troubleshooting page about a reason. */
export const reasonUrl = (docsUrl: string, reason: string): string =>
  `${withoutSlash(docsUrl)}/troubleshooting.md#${reason}`;

/** The section of the runbook about an alert. */
export const runbookUrl = (docsUrl: string, alert: string): string =>
  `${withoutSlash(docsUrl)}/runbook.md#${alert.toLowerCase()}`;

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");
