/** The house's walls (docs/architecture.md): who may import whom. */
export default {
  forbidden: [
    {
      name: "domain-is-pure",
      comment:
        "The domain imports only the domain and the shared vocabulary: no I/O, no library; the one exception is the linear-time regexp engine.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/domain/", pathNot: "\\.test\\.ts$" },
      to: {
        pathNot: ["^packages/[^/]+/src/domain/", "^packages/common/src/(reasons|time)/", "re2js"],
      },
    },
    {
      name: "re2js-in-one-place",
      comment: "The regexp engine is behind one function.",
      severity: "error",
      from: { path: "^packages/server/src/", pathNot: "^packages/server/src/domain/namespace/linear-regexp\\.ts$" },
      to: { path: "re2js" },
    },
    {
      name: "application-knows-no-adapter",
      comment: "Use cases import the domain, their own ports and the shared package, never an edge.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/application/", pathNot: "\\.test\\.ts$" },
      to: {
        path: [
          "/src/adapters/",
          "/src/(keeper-)?composition",
          "/src/(keeper-)?config\\.ts$",
          "@grpc",
          "@kubernetes",
          "@aws-sdk",
          "undici",
          "prom-client",
          "^(node:)?(fs|net|http|http2|https|tls|child_process)",
        ],
      },
    },
    {
      name: "only-composition-wires",
      comment: "Adapters are imported by a composition root and by each other within one edge.",
      severity: "error",
      from: {
        path: "^packages/(server|agent)/src/",
        pathNot: ["/src/(keeper-)?composition", "/src/adapters/", "\\.test\\.ts$"],
      },
      to: { path: "/src/adapters/" },
    },
    {
      name: "edges-do-not-mix",
      comment:
        "An adapter talks to its own outside system; what edges share is in the application or in packages/common.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/adapters/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: "/src/adapters/", pathNot: "/src/adapters/$1/" },
    },
    {
      name: "common-knows-nobody",
      comment: "What both processes share depends on neither.",
      severity: "error",
      from: { path: "^packages/common/" },
      to: { path: "^packages/(server|agent|cli|sandbox|bench|e2e)/" },
    },
    {
      name: "agent-and-server-are-strangers",
      comment: "They meet on the wire alone.",
      severity: "error",
      from: { path: "^packages/(server|agent)/src/", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/(server|agent|cli|sandbox|bench|e2e)/", pathNot: "^packages/$1/" },
    },
    {
      name: "cli-reads-the-server-alone",
      comment:
        "The command shares the server's pure rules and its reading of Kubernetes objects, and nothing else of it.",
      severity: "error",
      from: { path: "^packages/cli/src/" },
      to: {
        path: "^packages/(server|agent|sandbox|e2e)/",
        pathNot: ["^packages/server/src/domain/", "^packages/server/src/adapters/kubernetes/"],
      },
    },
    {
      name: "the-keeper-is-small",
      comment: "It is on every node with rights over it: no server's protocol, no HTTP client, no metrics library.",
      severity: "error",
      from: { path: "^packages/agent/src/keeper-main\\.ts$" },
      to: { path: ["@grpc", "undici", "prom-client", "@aws-sdk"], reachable: true },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-dev-dependency-at-run-time",
      severity: "error",
      from: { path: "^(packages/(common|server|agent|cli)|proto)/src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown"] },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: ["node_modules", "proto/gen"] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".mjs", ".js"],
    },
  },
};
