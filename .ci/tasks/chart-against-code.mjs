// Holds the chart against the code and against itself.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_OPTIONS } from "../../packages/agent/src/config.ts";
import { KEEPER_OPTIONS } from "../../packages/agent/src/keeper-config.ts";
import { releaseLabels } from "../../packages/cli/src/adapters/kubernetes/release-labels.ts";
import { flagOf, variableOf } from "../../packages/common/src/config/options.ts";
import {
  ATTESTATION_PERMISSIONS,
  pkiPermissions,
  REQUIRED_PERMISSIONS,
  STARTUP_TAINT_PERMISSION,
  TOKEN_KEY_PERMISSIONS,
} from "../../packages/server/src/adapters/kubernetes/preflight.ts";
import { SERVER_OPTIONS } from "../../packages/server/src/options.ts";

const STARTUP_TAINT = "--set=agent.startupTaint=true";

/** What the renderings for the ways of running leave out. */
const SWITCHES = [
  "--set=interception.enabled=false",
  "--set=interception.cleanup=true",
  "--set=interception.cleanupLabel=rolecall.dev/cleanup",
  "--set=agent.containerCredentials.enabled=true",
  STARTUP_TAINT,
  "--set=server.offlineTokens=false",
];

const CERT_MANAGER = "--set=tls.mode=cert-manager";
/** As the release `rolecall` in the namespace `rolecall` names them. */
const PKI_OBJECTS = { namespace: "rolecall", name: "rolecall-pki" };

/**
 * @param chart its directory
 * @param renders what it renders for each way of running it
 * @param render renders it with the default values and further arguments
 * @param helm runs helm and gives its output
 * @returns one line for each contradiction
 */
export function chartAgainstCode({ chart, renders, render, helm }) {
  const problems = [
    ...[...renders, ...SWITCHES.map((each) => render(each))].flatMap(unknownFlags),
    ...permissions(render(), [
      ...REQUIRED_PERMISSIONS,
      ...ATTESTATION_PERMISSIONS,
      ...TOKEN_KEY_PERMISSIONS,
      ...pkiPermissions(PKI_OBJECTS),
    ]),
    ...permissions(render(CERT_MANAGER), [
      ...REQUIRED_PERMISSIONS,
      ...ATTESTATION_PERMISSIONS,
      ...TOKEN_KEY_PERMISSIONS,
    ]),
    ...permissions(render(CERT_MANAGER, "--set=server.offlineTokens=false"), [
      ...REQUIRED_PERMISSIONS,
      ...ATTESTATION_PERMISSIONS,
    ]),
    ...permissions(render(CERT_MANAGER, "--set=server.agentAuth=certificate"), REQUIRED_PERMISSIONS),
    ...permissions(render(CERT_MANAGER, STARTUP_TAINT), [
      ...REQUIRED_PERMISSIONS,
      ...ATTESTATION_PERMISSIONS,
      ...TOKEN_KEY_PERMISSIONS,
      STARTUP_TAINT_PERMISSION,
    ]),
    ...unseen(render("--set=nameOverride=x,fullnameOverride=y")),
    ...values(chart, helm),
    ...versions(chart),
  ];
  return [...new Set(problems)];
}

/** Every flag and variable that a container is given is one of its process. */
function unknownFlags(manifests) {
  const containers = manifests.split(/^ {8}- (?=name: )/m).slice(1);
  return containers.flatMap((container) => {
    const image = /^ +image: .*rolecall-(server|agent)/m.exec(container)?.[1] ?? "";
    // The keeper is in the agent's image.
    const process = container.includes("/app/keeper/main.cjs") ? "keeper" : image;
    const table = { server: SERVER_OPTIONS, agent: AGENT_OPTIONS, keeper: KEEPER_OPTIONS }[process];
    if (table === undefined) return [];
    const flags = Object.entries(table).flatMap(([key, { placeholder }]) =>
      placeholder ? [flagOf(key)] : [flagOf(key), `--no-${flagOf(key).slice(2)}`],
    );
    const variables = Object.keys(table).map(variableOf);
    const ofNode = /^ +command:\n(?: +- .*\n)+/m.exec(container)?.[0] ?? "";
    const used = [...container.replace(ofNode, "").matchAll(/^ +- (--[a-z-]+)/gm)].map(([, flag]) => flag);
    const set = [...container.matchAll(/^ +- name: (ROLECALL_\w+)/gm)].map(([, variable]) => variable);
    return [
      ...used
        .filter((flag) => !flags.includes(flag))
        .map((flag) => `the chart gives the ${process} ${flag}, which it has not`),
      ...set
        .filter((name) => !variables.includes(name))
        .map((name) => `the chart sets ${name} for the ${process}, which knows none`),
    ];
  });
}

/** The command finds servers and agents by their labels, whatever the release's objects are called. */
const unseen = (manifests) =>
  [
    ["Deployment", "server"],
    ["DaemonSet", "agent"],
  ].flatMap(([kind, component]) => {
    const object = manifests.split(/^---$/m).find((each) => each.includes(`\nkind: ${kind}\n`)) ?? "";
    const [, ofObject = ""] = /^ {2}labels:\n((?: {4}.*\n)+)/m.exec(object) ?? [];
    const [, ofPods = ""] = /^ {6}labels:\n((?: {8}.*\n)+)/m.exec(object) ?? [];
    return releaseLabels(component)
      .split(",")
      .map((label) => label.replace("=", ": "))
      .filter((label) => !(ofObject.includes(` ${label}\n`) && ofPods.includes(` ${label}\n`)))
      .map((label) => `the command looks for ${component}s with ${label}, which the chart's ${kind} has not`);
  });

const right = ({ verb, resource, group, name, path }) =>
  path ? `${verb} ${path}` : `${verb} ${resource} of "${group}"${name ? ` named ${name}` : ""}`;

/** The ClusterRole and the Role are exactly what the server's preflight asks for. */
function permissions(manifests, required) {
  const rules =
    /^ {2}- apiGroups: (\[.*\])\n {4}resources: (\[.*\])\n {4}verbs: (\[.*\])(?:\n {4}resourceNames: (\[.*\]))?$/gm;
  const ofPaths = [...manifests.matchAll(/^ {2}- nonResourceURLs: (\[.*\])\n {4}verbs: (\[.*\])$/gm)].flatMap(
    ([, paths, verbs]) => JSON.parse(paths).flatMap((path) => JSON.parse(verbs).map((verb) => right({ verb, path }))),
  );
  const ofResources = [...manifests.matchAll(rules)].flatMap(([, groups, resources, verbs, names]) =>
    JSON.parse(groups).flatMap((group) =>
      JSON.parse(resources).flatMap((resource) =>
        JSON.parse(verbs).map((verb) => right({ verb, resource, group, name: names && JSON.parse(names)[0] })),
      ),
    ),
  );
  const granted = [...ofPaths, ...ofResources];
  const needed = required.map(right);
  return [
    ...needed
      .filter((each) => !granted.includes(each))
      .map((each) => `the server needs to ${each}, which the chart grants not`),
    ...granted
      .filter((each) => !needed.includes(each))
      .map((each) => `the chart grants to ${each}, which the server asks not for`),
  ];
}

/** values.yaml and values.schema.json name the same values, and each is explained where it stands. */
function values(chart, helm) {
  const text = readFileSync(join(chart, "values.yaml"), "utf8");
  const schema = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8"));
  const inValues = leaves(defaults(chart, helm), (value) => (isPlainObject(value) ? value : undefined));
  const inSchema = leaves(schema, ({ properties }) => properties).filter((path) => path !== "global");
  return [
    ...inSchema.filter((path) => !isAmong(path, inValues)).map((path) => `values.yaml has no ${path}`),
    ...inValues.filter((path) => !isAmong(path, inSchema)).map((path) => `values.schema.json has no ${path}`),
    ...uncommented(text).map((line) => `values.yaml:${line}: a value without a comment`),
  ];
}

/** A free-form object, such as resources, is a leaf on one side only. */
const isAmong = (path, others) =>
  others.some((other) => other === path || path.startsWith(`${other}.`) || other.startsWith(`${path}.`));

function leaves(node, childrenOf, path = "") {
  const children = childrenOf(node);
  if (children === undefined || Object.keys(children).length === 0) return [path];
  return Object.entries(children).flatMap(([key, child]) =>
    leaves(child, childrenOf, path === "" ? key : `${path}.${key}`),
  );
}

const isPlainObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Lines of keys with a scalar, list or flow value that no comment comes before. */
function uncommented(text) {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const key = /^( *)[A-Za-z]+:( .+)?$/.exec(line);
    // A key without a value of its own is explained by the values in it, and those of resources by theirs.
    if (!key?.[2] || /^ +(requests|limits):/.test(line)) return [];
    return /^ *#/.test(lines[index - 1] ?? "") ? [] : [index + 1];
  });
}

/** The default values as helm reads them: by a chart that prints them. */
function defaults(chart, helm) {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-values-"));
  try {
    mkdirSync(join(dir, "templates"));
    writeFileSync(join(dir, "Chart.yaml"), "apiVersion: v2\nname: values\nversion: 0.0.0\n");
    cpSync(join(chart, "values.yaml"), join(dir, "values.yaml"));
    writeFileSync(join(dir, "templates", "values.yaml"), "{{ toJson .Values }}\n");
    const output = helm("template", "values", dir);
    return JSON.parse(output.slice(output.indexOf("{")));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The chart has the version of everything else in the repository. */
function versions(chart) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const text = readFileSync(join(chart, "Chart.yaml"), "utf8");
  return ["version", "appVersion"]
    .filter((key) => !new RegExp(`^${key}: ${version}$`, "m").test(text))
    .map((key) => `${chart}/Chart.yaml: ${key} is not ${version}`);
}
