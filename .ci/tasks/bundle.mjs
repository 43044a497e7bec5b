// How a program of the product becomes one CommonJS file, for the images and for whatever measures them. CommonJS because it
// costs 3 MB less memory than ES modules. White space and comments go because a comment that is not ASCII makes V8 keep the
// whole source at two bytes a character (4.5 MB).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** The sources find the wire contract next to themselves; a bundle has it in the folder above. On an older Node it would end
 * in a stack trace of a library. */
const BANNER = `
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write("Rolecall needs Node 24 or newer, and this is " + process.version + "\\n");
  process.exit(2);
}
const bundleUrl = require("node:url").pathToFileURL(__filename).href;`;

/**
 * Of undici, the agent uses a pool of HTTP/1 clients and its errors. Its package is one module that loads all of it: fetch,
 * caches, mocks, proxies and a second parser, 1 MB of source that V8 keeps and 2 MB of heap on every node.
 */
const UNDICI_FOR_AGENT = {
  name: "undici-for-agent",
  setup({ onLoad }) {
    onLoad({ filter: /\/undici\/index\.js$/ }, ({ path }) => ({
      resolveDir: join(path, ".."),
      contents: `
        const Pool = require("./lib/dispatcher/pool");
        Pool.prototype.request = require("./lib/api/api-request");
        module.exports = { Pool, errors: require("./lib/core/errors") };`,
    }));
    // Reached by nothing but a request body that is no text, HTTP/2 and a processor without SIMD, none of which occurs.
    onLoad({ filter: /\/undici\/lib\/(web\/|dispatcher\/client-h2\.js)/ }, () => ({ contents: "" }));
  },
};

/** For programs that count each megabyte, as they run on every node. */
export const LEAN = {
  plugins: [UNDICI_FOR_AGENT],
  // undici's own switch for a bundle without its experimental parser.
  define: { esbuildDetection: "true" },
  // To keep names esbuild defines one for each function as it is made, also on the path of a request: 8 MB after a flood and a
  // sixth of its time. They stay in any case, but where two are the same.
  keepNames: false,
};

/** For the command, which is one file wherever it is copied to: what it reads of the documents becomes part of it. */
export const WITH_DOCS = {
  plugins: [
    {
      name: "troubleshooting-page",
      setup({ onLoad }) {
        onLoad({ filter: /\/documents\/troubleshooting-page\.ts$/ }, () => ({
          contents: `export const troubleshootingPage = () => ${JSON.stringify(readFileSync("docs/troubleshooting.md", "utf8"))};`,
        }));
      },
    },
  ],
};

/** @param options {@link LEAN}, {@link WITH_DOCS} or nothing */
export async function bundle(entry, outfile, options = {}) {
  const { plugins = [], define = {}, keepNames = true } = options;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    keepNames,
    plugins,
    minifyWhitespace: true,
    lineLimit: 200,
    legalComments: "none",
    sourcemap: true,
    logLevel: "warning",
    banner: { js: BANNER },
    define: { "import.meta.url": "bundleUrl", ...define },
  });
}
