import { expect, test } from "@jest/globals";
import { parseImageCommand } from "./image-command.ts";

test("what an image starts is read from its Dockerfile, over continued lines and comments in between", () => {
  const dockerfile = [
    "FROM scratch",
    "ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production \\",
    "    # why",
    "    MALLOC_ARENA_MAX=1",
    'ENTRYPOINT ["/usr/local/bin/node", "--one", \\',
    '    "--two=2", "/app/agent/main.cjs"]',
    "",
  ].join("\n");
  expect(parseImageCommand(dockerfile)).toEqual({
    nodeFlags: ["--one", "--two=2"],
    bundle: "agent/main.cjs",
    env: { NODE_ENV: "production", MALLOC_ARENA_MAX: "1" },
  });
});

test("an image that starts something else is refused", () => {
  expect(() => parseImageCommand('ENTRYPOINT ["/bin/sh"]\n')).toThrow("ENTRYPOINT");
});
