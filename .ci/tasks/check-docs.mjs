// Holds documents and manifests against each other: every dependency has its line, every attack its test, and there is one
// version.
import { globSync, readFileSync } from "node:fs";

const problems = [];
const json = (file) => JSON.parse(readFileSync(file, "utf8"));

const manifests = ["package.json", "proto/package.json", ...globSync("packages/*/package.json")];
const toolchain = json(".ci/toolchain/package.json");
const used = new Set([...Object.keys(toolchain.dependencies), ...Object.keys(toolchain.optionalDependencies)]);
for (const file of manifests) {
  const { dependencies = {}, devDependencies = {} } = json(file);
  for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (range !== "workspace:*") used.add(name);
    if (range !== "workspace:*" && range !== "catalog:")
      problems.push(`${file}: ${name} must take its version from the catalog`);
  }
}
const page = readFileSync("docs/dependencies.md", "utf8");
const documented = new Set([...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name));
for (const name of used) if (!documented.has(name)) problems.push(`docs/dependencies.md: no line for ${name}`);
for (const name of documented) if (!used.has(name)) problems.push(`docs/dependencies.md: ${name} is used nowhere`);

// What a page says of attacks, a test shows: each row names one, by its file and (the beginning of) its title.
const claims = readFileSync("docs/security.md", "utf8");
for (const [table] of claims.matchAll(/^\|.*\| shown by \|\n(?:\|.*\n)+/gm)) {
  for (const row of table.trimEnd().split("\n").slice(2)) {
    const tests = [...row.matchAll(/`([^`]+\.ts)`: "([^"]+)"/g)];
    if (tests.length === 0) problems.push(`docs/security.md: no test is named in: ${row}`);
    for (const [, file, title] of tests) {
      const source = globSync(file).length > 0 ? readFileSync(file, "utf8") : "";
      if (!source.includes(title)) problems.push(`docs/security.md: ${file} has no test "${title}"`);
    }
  }
}

const { version } = json("package.json");
for (const file of manifests) if (json(file).version !== version) problems.push(`${file}: version is not ${version}`);
if (!readFileSync("packages/common/src/version.ts", "utf8").includes(`VERSION = "${version}"`)) {
  problems.push(`packages/common/src/version.ts: VERSION is not ${version}`);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
