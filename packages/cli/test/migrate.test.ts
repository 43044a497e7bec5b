import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadYaml } from "@kubernetes/client-node";
import { runCommand } from "../src/commands/run-command.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.yaml`, import.meta.url));

async function rolecall(...argv: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runCommand(argv, {
    terminal: {
      print: (text) => void out.push(text),
      note: (text) => void notes.push(text),
      progress: () => {},
      paint: (_style, text) => text,
    },
    env: {},
    nowMs: Date.now,
  });
  return { code, out: out.join("\n"), notes: notes.join("\n") };
}

describe("migrate kiam", () => {
  test("names what pods would lose, what an expression meant, and what a person has to decide", async () => {
    const { code, out } = await rolecall("migrate", "kiam", "-f", fixture("kiam"));
    expect(code).toBe(1);
    expect(out).toContain("Changes for pods (2)");
    expect(out).toMatch(/cronjob shop\/report: loses arn:aws:iam::123456789012:role\/shop-webmaster/);
    expect(out).toMatch(/daemonset lab\/collector: is on the host's network/);
    expect(out).toMatch(
      /namespace shop: .* permitted more than it says: whatever begins with arn:.*shop-web, and whatever ends with/,
    );
    expect(out).not.toMatch(/namespace lab/);
    expect(out).toMatch(/daemonset kube-system\/kiam-agent: --allow-route-regexp/);
  });

  test("of v3, by its image, names pods whose namespace permits short names", async () => {
    const { code, out } = await rolecall("migrate", "kiam", "-f", fixture("kiam-v3"));
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(
        /deployment shop\/web: loses arn:aws:iam::123456789012:role\/shop-web, as a kiam before v4 holds/,
      ),
    ]);
    expect(out).toContain("To look at (0)");
  });

  test("writes values to begin with, which say only what is not the default", async () => {
    const { out } = await rolecall("migrate", "kiam", "-f", fixture("kiam"), "-o", "values");
    expect(loadYaml(out)).toEqual({
      image: { registry: "REGISTRY" },
      agent: { metadata: { tokens: "optional", port: 8183 }, adminPort: 9622 },
      aws: { roleBaseArn: "arn:aws:iam::123456789012:role/", region: "eu-west-1", sessionDuration: "30m" },
    });
  });
});

test("migrate kube2iam names namespaces that permit too little, and the command that permits what is used", async () => {
  const { code, out } = await rolecall("migrate", "kube2iam", "-f", fixture("kube2iam"));
  expect(code).toBe(1);
  expect(out).toMatch(/namespace lab: permits no role, and 1 of its pods ask for one/);
  expect(out).toContain(
    "kubectl annotate namespace lab --overwrite 'iam.amazonaws.com/permitted=arn:aws:iam::123456789012:role/lab'",
  );
  expect(out).toMatch(
    /namespace shop: its iam.amazonaws.com\/allowed-roles does not permit what 1 of its pods ask for/,
  );
  expect(out).toMatch(/--default-role=node\n.*Annotate the pods that lived on the default role node/);
  const { out: values } = await rolecall("migrate", "kube2iam", "-f", fixture("kube2iam"), "-o", "values");
  expect(loadYaml(values)).toMatchObject({ namespacePolicy: { allowedRoles: true }, logLevel: "debug" });
});

test("without the account of short names their policies are not applied, and that is said once", async () => {
  const { code, out } = await rolecall("migrate", "kiam", "-f", fixture("kube2iam"));
  expect([code, out]).toEqual([0, expect.stringContaining("short role names: 3 pods ask by one")]);
  expect(out).toContain("--role-base-arn");
});

test("a path that cannot be read, or that holds nothing, ends with 2", async () => {
  const missing = await rolecall("migrate", "kiam", "-f", "nowhere.yaml");
  expect([missing.code, missing.notes]).toEqual([2, expect.stringContaining("--filename nowhere.yaml: ENOENT")]);
  const other = await rolecall("migrate", "kiam", "-f", fileURLToPath(new URL("../package.json", import.meta.url)));
  expect(other.code).toBe(2);
});
