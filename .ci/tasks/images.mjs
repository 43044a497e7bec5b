// Bundles every program, builds the images with docker, podman or buildah, writes dist/images/{server,agent}.tar, prints
// their sizes and fails when one has outgrown docker/size-limits.json.
//
// usage: npm run images [-- --base-image IMAGE]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildImages } from "../../packages/e2e/src/images/build-images.ts";
import { unpackedBytes } from "../../packages/e2e/src/images/image-size.ts";

const LIMITS = "docker/size-limits.json";
const { values } = parseArgs({ options: { "base-image": { type: "string" } } });

execFileSync(process.execPath, [".ci/tasks/build.mjs"], { stdio: "inherit" });
const limitsMb = JSON.parse(readFileSync(LIMITS, "utf8"));
for (const { process: name, name: image, archive } of await buildImages({ baseImage: values["base-image"] })) {
  const megabytes = Math.ceil((await unpackedBytes(archive)) / 1e6);
  process.stdout.write(`${image}: ${megabytes} MB, at most ${limitsMb[name]}; ${archive}\n`);
  if (megabytes > limitsMb[name]) {
    process.stderr.write(`${image} has grown: see what came in, and if it must be, raise ${name} in ${LIMITS}\n`);
    process.exitCode = 1;
  }
}
