import { describe, expect, test } from "@jest/globals";
import { DEFAULT_LEAVES, metadataCatalogue } from "./allow-list.ts";
import { ROUTE_LABELS } from "./response.ts";
import { routeOf } from "./routes.ts";

// As if a mistake elsewhere had let the node's secrets into the catalogue.
const catalogue = metadataCatalogue([
  ...DEFAULT_LEAVES,
  "meta-data/iam/info",
  "meta-data/identity-credentials/ec2/info",
]);
const kindAt = (path: string) => routeOf(path.split("/"), catalogue).kind;

test("the root lists versions", () => {
  expect(routeOf([], catalogue).kind).toBe("version-list");
});

describe.each(["latest", "1.0", "2009-04-04", "2021-01-03", "2099-12-31"])("under %s", (version) => {
  test.each([
    ["meta-data/iam", "iam-directory"],
    ["meta-data/iam/info", "iam-info"],
    ["meta-data/iam/security-credentials", "role-list"],
    ["meta-data/iam/security-credentials/web", "role-credentials"],
    ["meta-data/iam/security-credentials-extended", "role-list"],
    ["meta-data/iam/security-credentials-extended/web", "role-credentials"],
    ["meta-data/iam/security-credentials-other", "not-found"],
    ["meta-data/iam/info/x", "not-found"],
    ["meta-data/identity-credentials", "not-found"],
    ["meta-data/identity-credentials/ec2/info", "not-found"],
    ["meta-data/identity-credentials/ec2/security-credentials/ec2-instance", "not-found"],
    ["meta-data", "directory"],
    ["meta-data/placement/region", "leaf"],
    ["meta-data/placement/region/x", "not-found"],
    ["user-data", "not-found"],
    ["api", "not-found"],
  ])("%s is %s", (path, kind) => {
    expect(kindAt(`${version}/${path}`)).toBe(kind);
  });
});

test("tokens are issued under latest alone", () => {
  expect(kindAt("latest/api/token")).toBe("token");
  expect(kindAt("2021-03-23/api/token")).toBe("versioned-token");
  expect(kindAt("latest/api/token/x")).toBe("not-found");
});

test("names are compared with case, and a version must look like one", () => {
  expect(kindAt("latest/meta-data/IAM/security-credentials")).toBe("not-found");
  expect(kindAt("Latest/meta-data")).toBe("not-found");
  expect(kindAt("2.0/meta-data")).toBe("not-found");
  expect(kindAt("meta-data/placement/region")).toBe("not-found");
});

test("a role with a path or written as an ARN is one name", () => {
  expect(routeOf("latest/meta-data/iam/security-credentials/team/web".split("/"), catalogue)).toEqual({
    kind: "role-credentials",
    role: "team/web",
    extended: false,
  });
});

test("metric labels are a closed list without repetition", () => {
  expect(new Set(ROUTE_LABELS).size).toBe(ROUTE_LABELS.length);
});
