import { buildPrograms } from "./build-programs.ts";
import { buildImages } from "./images.ts";
import { installMachinePackages } from "./machine-packages.ts";
import { buildOwnPrograms } from "./own-programs.ts";
import { Progress } from "./progress.ts";

/**
 * Makes sure that the machine has what a cluster needs: Debian packages, programs, images. What is there is
 * left as it is, so this costs nothing the second time; the first time it takes about twenty minutes on two cores.
 *
 * @throws Error that names what could not be installed or built
 */
export async function prepare(progress: Progress = new Progress()): Promise<void> {
  await installMachinePackages(progress);
  await buildPrograms(progress);
  await buildOwnPrograms(progress);
  await buildImages(progress);
}
