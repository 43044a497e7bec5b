import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadAllYaml } from "@kubernetes/client-node";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";

/**
 * Every object of YAML and JSON files.
 *
 * @param paths of files and directories, whose files are read at any depth
 * @throws StartupError that names the file which cannot be read
 */
export function readManifests(paths: readonly string[]): readonly unknown[] {
  return paths.flatMap(filesOf).flatMap((file): readonly unknown[] => {
    try {
      return loadAllYaml(readFileSync(file, "utf8"));
    } catch (error) {
      throw new StartupError([`--filename ${file}: ${errorMessage(error)}`], { cause: error });
    }
  });
}

function filesOf(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch (error) {
    throw new StartupError([`--filename ${path}: ${errorMessage(error)}`], { cause: error });
  }
  return globSync("**/*.{yaml,yml,json}", { cwd: path })
    .sort()
    .map((file) => join(path, file));
}
