/** Where the documents of this project are read; what people are told links to them. */
export const DOCS_URL = "https://rolecall.dev/docs";

/** The section of the troubleshooting page about a reason. */
export const reasonUrl = (docsUrl: string, reason: string): string =>
  `${docsUrl.replace(/\/+$/, "")}/troubleshooting.md#${reason}`;
