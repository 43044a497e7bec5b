import type { IncomingMessage } from "node:http";

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Why a request is not answered that another site may have had a browser send while a port-forward was open. A name that
 * leads to the loopback address is no proof of anything (DNS rebinding), so the Host must be the loopback itself; and a
 * page of another origin may not send here, with or without reading the answer.
 *
 * @returns undefined where nothing is wrong
 */
export function browserRefusal({ headers }: Pick<IncomingMessage, "headers">): string | undefined {
  if (!LOOPBACK_HOST.test(headers.host ?? "")) {
    return "the Host header must be localhost, 127.0.0.1 or [::1]: reach this by kubectl port-forward";
  }
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`) return "pages of another origin are not answered";
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return "other sites are not answered";
  return undefined;
}
