import { describe, expect, test } from "@jest/globals";
import { labObstacle } from "./node-lab.ts";

/**
 * `describe` for what needs a lab. Where there can be none its tests are skipped and a line says why, but in CI, where that
 * is a failure.
 *
 * @param untested what then goes untested
 */
export function describeInLab(untested: string): typeof describe | typeof describe.skip {
  const obstacle = labObstacle();
  if (process.env["CI"]) {
    test("the machine lets the kernel rules be tested, in CI at least", () => expect(obstacle).toBeUndefined());
  } else if (obstacle !== undefined) {
    process.stderr.write(`skipped, ${untested} goes untested: ${obstacle}\n`);
  }
  return obstacle === undefined ? describe : describe.skip;
}
