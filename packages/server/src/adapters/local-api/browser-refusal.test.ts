import { expect, test } from "@jest/globals";
import { browserRefusal } from "./browser-refusal.ts";

test.each(["localhost:9621", "127.0.0.1:40000", "[::1]:9621", "LOCALHOST"])("a request to %s is answered", (host) => {
  expect(browserRefusal({ headers: { host } })).toBeUndefined();
  expect(
    browserRefusal({ headers: { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" } }),
  ).toBeUndefined();
});

test.each([
  ["by a name that somebody lets lead to the loopback address", { host: "rebind.example:9621" }],
  ["by an address of the pod network", { host: "10.0.0.1:9621" }],
  ["without a Host", {}],
  ["from a page of another origin", { host: "localhost:9621", origin: "https://example.com" }],
  ["from a frame without an origin", { host: "localhost:9621", origin: "null" }],
  ["as an image of another site", { host: "localhost:9621", "sec-fetch-site": "cross-site" }],
])("a request %s is refused", (_how, headers) => {
  expect(browserRefusal({ headers })).toBeDefined();
});
