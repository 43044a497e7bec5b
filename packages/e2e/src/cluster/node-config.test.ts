import { describe, expect, test } from "@jest/globals";
import { corefile } from "./control-plane-config.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { CONTAINERD_SOCKET, containerdConfig, kubeletConfig, OWN_DIRECTORIES } from "./node-config.ts";

describe("configuration that must agree between two processes", () => {
  const kubelet = JSON.parse(
    kubeletConfig("rolecall-worker-1", { caFile: "/ca", certFile: "/crt", keyFile: "/key", resolvConf: "/resolv" }, [
      { key: "rolecall/agent-not-ready", effect: "NoSchedule" },
    ]),
  );

  test("the kubelet asks the containerd of its own node", () => {
    expect(kubelet.containerRuntimeEndpoint).toBe(`unix://${CONTAINERD_SOCKET}`);
    expect(containerdConfig("/usr/lib/cni")).toContain(`address = "${CONTAINERD_SOCKET}"`);
    expect(OWN_DIRECTORIES.some((dir) => CONTAINERD_SOCKET.startsWith(`${dir}/`))).toBe(true);
  });

  test("every directory that containerd writes to is the node's own", () => {
    const written = [...containerdConfig("/usr/lib/cni").matchAll(/(?:root|state|path|conf_dir) = "([^"]+)"/g)];
    expect(written).toHaveLength(4);
    for (const [, dir = ""] of written) {
      expect(OWN_DIRECTORIES.some((own) => dir === own || dir.startsWith(`${own}/`))).toBe(true);
    }
  });

  test("a node registers with its taints, so that no pod comes before them", () => {
    expect(kubelet.registerWithTaints).toEqual([{ key: "rolecall/agent-not-ready", effect: "NoSchedule" }]);
  });

  test("DNS uses a context that its kubeconfig has", () => {
    const { contexts } = JSON.parse(kubeconfig({ caFile: "/ca", certFile: "/crt", keyFile: "/key" }));
    expect(corefile("/admin.kubeconfig")).toContain(`kubeconfig /admin.kubeconfig ${contexts[0].name}\n`);
  });
});
