import { describe, expect, test } from "@jest/globals";
import { DEFAULT_LEAVES, metadataCatalogue, parseAllowedLeaf } from "./allow-list.ts";

describe("parseAllowedLeaf", () => {
  test.each([
    ["placement/group-name", "meta-data/placement/group-name"],
    ["/latest/meta-data/mac", "meta-data/mac"],
    ["network/interfaces/macs/02:29:96:8f:6a:2d/vpc-id", "meta-data/network/interfaces/macs/02:29:96:8f:6a:2d/vpc-id"],
    ["dynamic/fws/instance-monitoring", "dynamic/fws/instance-monitoring"],
    ["ami-id/", "meta-data/ami-id"],
  ])("%s is allowed as %s", (text, path) => {
    expect(parseAllowedLeaf(text)).toEqual({ kind: "allowed", path });
  });

  test.each([
    "user-data",
    "/latest/user-data",
    "iam/security-credentials/node",
    "meta-data/iam/info",
    "identity-credentials/ec2/info",
    "managed-ssh-keys/signer-cert",
    "public-keys/0/openssh-key",
    "dynamic/instance-identity/pkcs7",
    "dynamic/instance-identity/rsa2048",
    "dynamic/instance-identity/signature",
    "api/token",
  ])("%s can never be allowed", (text) => {
    expect(parseAllowedLeaf(text)).toEqual({
      kind: "refused",
      problem: expect.stringContaining("can never be allowed"),
    });
  });

  test.each(["meta-data", "dynamic", "dynamic/instance-identity", "latest/meta-data"])(
    "%s is refused, since something below it can never be allowed",
    (text) => {
      expect(parseAllowedLeaf(text)).toEqual({ kind: "refused", problem: expect.stringContaining("directory") });
    },
  );

  test.each(["", "/", "placement/*", "placement/../iam/info", "mac?x", "tags%2finstance", "a//b", "a b"])(
    "%j is refused as no exact path",
    (text) => {
      expect(parseAllowedLeaf(text)).toEqual({ kind: "refused", problem: expect.stringContaining("exact path") });
    },
  );
});

describe("the catalogue", () => {
  const catalogue = metadataCatalogue(DEFAULT_LEAVES);
  const listing = (path: string) => {
    const entry = catalogue.get(path);
    return entry?.kind === "directory" ? entry.listing : undefined;
  };

  test("lists what is allowed, directories with a slash, and the pod's own iam", () => {
    expect(listing("")).toBe("dynamic/\nmeta-data/");
    expect(listing("meta-data")).toBe("iam/\ninstance-id\ninstance-type\nlocal-ipv4\nplacement/");
    expect(listing("meta-data/placement")).toBe("availability-zone\navailability-zone-id\nregion");
    expect(listing("dynamic/instance-identity")).toBe("document");
  });

  test("does not serve iam, so that nothing there can come from the node", () => {
    expect(catalogue.get("meta-data/iam")).toBeUndefined();
  });

  test("lists iam/ where no metadata of the node is allowed", () => {
    expect(metadataCatalogue([]).get("meta-data")).toEqual({ kind: "directory", listing: "iam/" });
  });
});
