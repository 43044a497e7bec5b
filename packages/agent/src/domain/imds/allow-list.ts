/**
 * The node's own metadata that pods may read, as paths below a version. Clients find their region through three of them
 * (the identity document: Java, Go, .NET; `placement/region`: Rust, JavaScript; `placement/availability-zone`: botocore,
 * C++). None tells more than which machine this is.
 */
export const DEFAULT_LEAVES = [
  "dynamic/instance-identity/document",
  "meta-data/instance-id",
  "meta-data/instance-type",
  "meta-data/local-ipv4",
  "meta-data/placement/availability-zone",
  "meta-data/placement/availability-zone-id",
  "meta-data/placement/region",
] as const;

/** What is never served, whatever is configured: each holds credentials of the node or proves to others that one is it. */
const FORBIDDEN: ReadonlyArray<readonly [path: string, because: string]> = [
  ["user-data", "holds the node's bootstrap secrets"],
  ["api", "issues the node's own tokens"],
  ["meta-data/iam", "holds the node's credentials; pods get their own there"],
  ["meta-data/identity-credentials", "holds the node's credentials"],
  ["meta-data/managed-ssh-keys", "holds the node's SSH keys"],
  ["meta-data/public-keys", "holds the node's SSH keys"],
  ["dynamic/instance-identity/pkcs7", "lets a pod pose as the node"],
  ["dynamic/instance-identity/rsa2048", "lets a pod pose as the node"],
  ["dynamic/instance-identity/signature", "lets a pod pose as the node"],
];

export type AllowedLeaf =
  | { readonly kind: "allowed"; readonly path: string }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Reads one path that the operator allows beside the default ones: a leaf, as `placement/region` or
 * `network/interfaces/macs/…/vpc-id` (below `meta-data`), or in full as `dynamic/…` or `meta-data/…`.
 */
export function parseAllowedLeaf(text: string): AllowedLeaf {
  const refused = (problem: string): AllowedLeaf => ({ kind: "refused", problem });
  const segments = text.replace(/^\/+|\/+$/g, "").split("/");
  if (segments[0] === "latest") segments.shift();
  if (segments.length === 0 || segments.some((segment) => !/^[A-Za-z0-9_:-][A-Za-z0-9._:-]*$/.test(segment)))
    return refused("must be the exact path of one leaf, such as placement/group-name: no pattern, query or escape");
  if (!["meta-data", "dynamic", "user-data", "api"].includes(segments[0] ?? "")) segments.unshift("meta-data");
  const path = segments.join("/");
  const forbidden = FORBIDDEN.find(([root]) => path === root || path.startsWith(`${root}/`));
  if (forbidden) return refused(`${forbidden[0]} can never be allowed: it ${forbidden[1]}`);
  if (FORBIDDEN.some(([root]) => root.startsWith(`${path}/`))) return refused("is a directory; name the leaf in it");
  return { kind: "allowed", path };
}

/** What stands at a path below a version. */
type CatalogueEntry =
  | { readonly kind: "leaf"; readonly path: string }
  | { readonly kind: "directory"; readonly listing: string };

/** Keyed by path below a version, without slashes at either end; the version itself is the empty path. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

/**
 * The tree of allowed leaves, each directory listing what is allowed in it and nothing else: one name a line,
 * directories with a slash, no newline at the end, as EC2 lists.
 */
export function metadataCatalogue(leaves: readonly string[]): Catalogue {
  // Pods find their own `iam/` in the list, though the catalogue does not serve it.
  const names = new Map<string, Set<string>>([["meta-data", new Set(["iam/"])]]);
  const entries = new Map<string, CatalogueEntry>();
  for (const path of [...leaves, "meta-data/iam"]) {
    const segments = path.split("/");
    segments.forEach((segment, depth) => {
      const directory = segments.slice(0, depth).join("/");
      const listed = names.get(directory) ?? new Set();
      listed.add(depth + 1 < segments.length || path === "meta-data/iam" ? `${segment}/` : segment);
      names.set(directory, listed);
    });
  }
  for (const [directory, listed] of names)
    entries.set(directory, { kind: "directory", listing: [...listed].sort().join("\n") });
  for (const path of leaves) entries.set(path, { kind: "leaf", path });
  return entries;
}
