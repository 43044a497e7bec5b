import { expect, test } from "@jest/globals";
import { runProgram } from "./run-program.ts";

const node = (script: string, options = {}) => runProgram(process.execPath, ["-e", script], options);

test("a program gets its input and its lines are heard, as they were printed", async () => {
  const lines: string[] = [];
  await node("process.stdin.pipe(process.stdout)", {
    input: "one\ntwo $HOME `x`\n",
    onLine: (line: string) => lines.push(line),
  });
  expect(lines).toEqual(["one", "two $HOME `x`"]);
});

test("a program that is not there is named as missing", async () => {
  await expect(runProgram("/nowhere/iptables-save", ["-c"])).rejects.toMatchObject({
    name: "RuleError",
    reason: "program-missing",
    message: expect.stringContaining("/nowhere/iptables-save"),
  });
});

test("a program that fails is told by what it said, on one line, without its advice to read the help", async () => {
  const words = "Permission denied (you must be root)\nTry `iptables -h' for more information.\n";
  const script = `process.stderr.write(${JSON.stringify(words)}); process.exitCode = 4`;
  await expect(node(script)).rejects.toMatchObject({
    reason: "not-permitted",
    message: expect.stringMatching(/exit status 4: Permission denied \(you must be root\)$/),
  });
});

test("a program that does not read its input fails for its own reason, not for that", async () => {
  await expect(node("process.exit(1)", { input: "x".repeat(1_000_000) })).rejects.toMatchObject({
    reason: "unexplained",
  });
});
