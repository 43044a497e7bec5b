// The status page: asks the server for the fleet and shows it. Text of tenants (names, roles) only ever becomes text.

const POLL_MS = 5_000;
const PAGE_ROWS = 50;

const at = (id) => document.getElementById(id);
const filterText = at("filter-text");

/** The last answer, its pods made ready for the filter. */
let pods = [];
let page = 0;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/**
 * A table; roles are named because a phone's layout would take them away.
 * @param columns [title, cell(row)] where a cell is a text, or [text, class]
 */
function table(caption, columns, rows) {
  if (rows.length === 0) return element("p", "None.", "empty");
  const made = element("table");
  made.setAttribute("role", "table");
  made.setAttribute("aria-label", caption);
  const head = made.appendChild(element("thead")).appendChild(element("tr"));
  head.setAttribute("role", "row");
  for (const [title] of columns) {
    const cell = head.appendChild(element("th", title));
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
  }
  const body = made.appendChild(element("tbody"));
  for (const row of rows) {
    const line = body.appendChild(element("tr"));
    line.setAttribute("role", "row");
    for (const [title, read] of columns) {
      const [text, className] = [read(row)].flat();
      const cell = line.appendChild(element("td"));
      cell.setAttribute("role", "cell");
      cell.dataset.column = title;
      cell.append(element("span", text, className));
    }
  }
  return made;
}

const show = (id, content) => at(id).replaceChildren(content);

function ago(iso, now) {
  if (iso === undefined) return "";
  const seconds = Math.round((now - Date.parse(iso)) / 1_000);
  const size = Math.abs(seconds);
  const text =
    size < 90
      ? `${size} s`
      : size < 5_400
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3_600)} h`
          : `${Math.round(size / 86_400)} days`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

const INTERCEPTION = {
  "in-place": ["in place", "good"],
  broken: ["broken", "bad"],
  off: ["switched off", "wait"],
  unknown: ["not known yet", "wait"],
};

const PROBE_TROUBLE = { refused: "probe refused", "passed-by": "pods pass by the agent", lost: "probe lost" };

function interceptionOf(report) {
  const trouble = PROBE_TROUBLE[report?.probe];
  const state = INTERCEPTION[report?.interception ?? "unknown"];
  return trouble && report.interception === "in-place" ? [`in place, but ${trouble}`, "bad"] : state;
}

const STATE_CLASS = { fresh: "good", refreshing: "good", stale: "wait", failed: "bad" };

function stateOf(pod, assumptions) {
  if (pod.verdict !== "granted") return { text: pod.verdict, className: "bad" };
  const assumption = assumptions.get(pod.assumption);
  if (!assumption) return { text: "at another server", className: "" };
  const text = assumption.failure ? `${assumption.state}: ${assumption.failure.reason}` : assumption.state;
  return { text, className: STATE_CLASS[assumption.state] ?? "wait", expiresAt: assumption.expiresAt };
}

function problemsOf({ server, nodes, assumptions, counts, certificates }, now) {
  const found = Object.entries(server.problems).map(
    ([check, problem]) => `The server is not ready: ${check}: ${problem}`,
  );
  for (const { node, feed, report } of nodes) {
    if (!feed) found.push(`${node}: its agent is no longer connected to this server`);
    if (report && interceptionOf(report)[1] === "bad")
      found.push(`${node}: metadata traffic is not brought to the agent`);
    if (report?.certificate && Date.parse(report.certificate.overdueAt) < now)
      found.push(`${node}: the certificate of its agent expires ${ago(report.certificate.expiresAt, now)}`);
  }
  for (const { roleArn, failure } of assumptions) {
    if (failure) found.push(`${roleArn}: ${failure.reason}: ${failure.detail}`);
  }
  for (const [verdict, count] of Object.entries(counts.verdicts)) {
    if (verdict !== "granted" && verdict !== "none")
      found.push(`${count} ${count === 1 ? "pod" : "pods"} denied: ${verdict}`);
  }
  for (const { name, expiresAt, overdueAt } of certificates) {
    if (Date.parse(overdueAt) < now) found.push(`The certificate ${name} expires ${ago(expiresAt, now)}`);
  }
  return found;
}

function showPods() {
  const words = filterText.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = pods.filter(({ searched }) => words.every((word) => searched.includes(word)));
  const lastPage = Math.max(0, Math.ceil(chosen.length / PAGE_ROWS) - 1);
  page = Math.min(page, lastPage);
  const now = Date.now();
  at("pods-count").textContent = `${chosen.length} of ${pods.length}`;
  at("page-number").textContent = `Page ${page + 1} of ${lastPage + 1}`;
  at("previous").disabled = page === 0;
  at("next").disabled = page === lastPage;
  at("pages").hidden = lastPage === 0;
  show(
    "pods",
    table(
      "Pods with a role",
      [
        ["Pod", ({ pod }) => `${pod.namespace}/${pod.name}`],
        ["Node", ({ pod }) => pod.node ?? "not scheduled"],
        ["Role", ({ pod }) => pod.roleArn ?? ""],
        ["State", ({ state }) => [state.text, state.className]],
        ["Expires", ({ state }) => ago(state.expiresAt, now)],
      ],
      chosen.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS),
    ),
  );
}

function showFleet(fleet) {
  const now = Date.now();
  const { server, counts, nodes, refusals, certificates } = fleet;
  at("server").textContent =
    `${server.name}, version ${server.version}, ${server.serving ? "serving" : "not serving"}, started ${ago(server.startedAt, now)}`;

  const problems = problemsOf(fleet, now);
  at("problems").replaceChildren(
    ...(problems.length > 0 ? problems.map((text) => element("li", text, "bad")) : [element("li", "Nothing.", "good")]),
  );
  const figures = [
    ["Pods", counts.pods],
    ["Granted", counts.verdicts.granted ?? 0],
    ["Denied", fleet.pods.filter(({ verdict }) => verdict !== "granted").length],
    ["Nodes here", nodes.length],
    ["Assumptions", fleet.assumptions.length],
  ];
  at("summary").replaceChildren(
    ...figures.map(([name, figure]) => {
      const box = element("div");
      box.append(element("dt", name), element("dd", String(figure)));
      return box;
    }),
  );
  show(
    "nodes",
    table(
      "Nodes",
      [
        ["Node", ({ node }) => node],
        ["Connected", ({ feed }) => (feed ? ago(feed.connectedSince, now) : ["no", "bad"])],
        ["Agent", ({ feed, report }) => (feed ?? report).agentVersion],
        ["Interception", ({ report }) => interceptionOf(report)],
        ["Pods seen", ({ report }) => String(report?.podsWithAddress ?? "")],
        ["View", ({ feed, report }) => `${report?.viewGeneration ?? "?"} of ${feed?.sentGeneration ?? "?"}`],
        ["Reported", ({ report }) => ago(report?.at, now)],
      ],
      nodes,
    ),
  );
  show(
    "refusals",
    table(
      "Recent refusals",
      [
        ["When", ({ at: when }) => ago(when, now)],
        ["Pod", ({ namespace, pod }) => `${namespace}/${pod}`],
        ["Reason", ({ reason }) => [reason, "bad"]],
        ["What to change", ({ detail }) => detail],
      ],
      refusals,
    ),
  );
  show(
    "certificates",
    table(
      "Certificates",
      [
        ["Certificate", ({ name }) => name],
        ["Expires", ({ expiresAt, overdueAt }) => [ago(expiresAt, now), Date.parse(overdueAt) < now ? "bad" : "good"]],
        ["On", ({ expiresAt }) => `${expiresAt.slice(0, 16).replace("T", " ")} UTC`],
      ],
      certificates,
    ),
  );
  const assumptions = new Map(fleet.assumptions.map((assumption) => [assumption.id, assumption]));
  pods = fleet.pods.map((pod) => {
    const state = stateOf(pod, assumptions);
    const searched = `${pod.namespace}/${pod.name} ${pod.node ?? ""} ${pod.roleArn ?? ""} ${state.text}`.toLowerCase();
    return { pod, state, searched };
  });
  showPods();
}

async function refresh() {
  try {
    const response = await fetch("/api/v1/fleet", { signal: AbortSignal.timeout(POLL_MS * 2) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    showFleet(await response.json());
    at("freshness").textContent = "";
  } catch (error) {
    at("freshness").textContent = `No news since the last answer: ${error.message}. Is the port-forward still up?`;
  }
}

filterText.addEventListener("input", () => {
  page = 0;
  showPods();
});
at("filter").addEventListener("submit", (event) => event.preventDefault());
at("previous").addEventListener("click", () => {
  page -= 1;
  showPods();
});
at("next").addEventListener("click", () => {
  page += 1;
  showPods();
});

await refresh();
document.documentElement.dataset.loaded = "true";
setInterval(() => {
  // What nobody looks at, and what a reader is selecting, stays as it is.
  if (!document.hidden && document.getSelection()?.isCollapsed !== false) void refresh();
}, POLL_MS);
