import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { loadKubeConfig } from "./kube-config.ts";

const folder = mkdtempSync(join(tmpdir(), "rolecall-kube-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string): string {
  const file = join(folder, "kubeconfig");
  writeFileSync(file, content);
  return file;
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
}

const kubeconfig = (cluster: string) => `
current-context: here
contexts: [{name: here, context: {cluster: main, user: me}}]
users: [{name: me, user: {token: t}}]
clusters: [{name: main, cluster: ${cluster}}]
`;

describe("loadKubeConfig", () => {
  test("reads the cluster of the current context", () => {
    const file = write(kubeconfig("{server: 'https://10.0.0.1:6443', certificate-authority-data: Y2E=}"));
    expect(loadKubeConfig(file).getCurrentCluster()?.server).toBe("https://10.0.0.1:6443");
  });

  test.each([
    ["a: [", /^--kubeconfig .*kubeconfig: /],
    ["clusters: []", /names no current-context/],
    ["", /--kubeconfig/],
    [kubeconfig("{}"), /server is missing/],
    [kubeconfig("{server: 'https://10.0.0.1:6443'}").replace("cluster: main,", "cluster: other,"), /names no cluster/],
    [kubeconfig("{server: 'http://10.0.0.1:8080'}"), /must be an https:\/\/ URL/],
    [kubeconfig("{server: 'https://10.0.0.1:6443'}"), /must have a certificate-authority/],
  ])("refuses %j in one line that names the flag", (content, problem) => {
    const file = write(content);
    expect(problemsOf(() => loadKubeConfig(file))).toEqual([expect.stringMatching(problem)]);
  });

  test("refuses a file that is not there", () => {
    expect(problemsOf(() => loadKubeConfig(join(folder, "missing")))).toEqual([
      expect.stringMatching(/^--kubeconfig .*missing: .*ENOENT/),
    ]);
  });

  test("without a file and outside a pod the flag is asked for", () => {
    expect(problemsOf(() => loadKubeConfig(undefined, {}))).toEqual([
      expect.stringMatching(/^--kubeconfig: must be set/),
    ]);
  });
});
