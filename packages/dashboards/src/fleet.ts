import { type Dashboard, quantile, rate } from "./panel.ts";

export const FLEET: Dashboard = {
  uid: "rolecall-fleet",
  title: "Rolecall / Fleet",
  description: "All servers and agents: who has credentials, who has none and why, and what stands in the way.",
  isOfOneNode: false,
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Pods with credentials",
          description: "Pods that ask for a role and have it.",
          kind: "number",
          unit: "short",
          queries: [{ expr: 'sum(rolecall_server_grants{state="ready"}) or vector(0)', legend: "" }],
        },
        {
          title: "Pods without",
          description: "Pods that ask for a role and are denied, or whose role STS refuses. Below stands why.",
          kind: "number",
          unit: "short",
          badFrom: 1,
          queries: [{ expr: 'sum(rolecall_server_grants{state=~"denied|failed"}) or vector(0)', legend: "" }],
        },
        {
          title: "Nodes fed",
          description: "Agents that follow their node feed.",
          kind: "number",
          unit: "short",
          queries: [{ expr: "sum(rolecall_server_node_feeds)", legend: "" }],
        },
        {
          title: "Nodes without agent",
          description: "Nodes whose pods ask for roles and of whose agent no server has heard.",
          kind: "number",
          unit: "short",
          badFrom: 1,
          queries: [{ expr: "min(rolecall_server_nodes_without_agent)", legend: "" }],
        },
        {
          title: "Rules not in place",
          description: "Nodes where guard and interception do not stand.",
          kind: "number",
          unit: "short",
          badFrom: 1,
          queries: [
            {
              expr: "count(rolecall_agent_rules_in_place == 0 and on (instance, job) rolecall_agent_rules_checks_total) or vector(0)",
              legend: "",
            },
          ],
        },
        {
          title: "Least life left",
          description:
            "Of the credentials nearest to their end on any node. They are refreshed with 52 % or more left.",
          kind: "number",
          unit: "percentunit",
          badBelow: 0.35,
          queries: [{ expr: "min(rolecall_agent_credentials_least_life_left_ratio)", legend: "" }],
        },
      ],
    },
    {
      title: "Pods",
      panels: [
        {
          title: "Pods by state",
          description: "Of the nodes that are fed. none: without the annotation.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: "sum by (state) (rolecall_server_grants)", legend: "{{state}}" }],
        },
        {
          title: "Pods without credentials, by reason",
          description: "The words of the troubleshooting page.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: 'sum by (reason) (rolecall_server_grants{state=~"denied|failed"})', legend: "{{reason}}" }],
        },
        {
          title: "Credentials on nodes by what is left of their life",
          description: "In minutes. Below 30 only where sessions are short or refreshing fails.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: "sum by (remaining) (rolecall_agent_credentials)", legend: "{{remaining}}" }],
        },
      ],
    },
    {
      title: "Requests of pods",
      panels: [
        {
          title: "Requests by outcome",
          description: "Of the metadata service, over all nodes.",
          kind: "lines",
          unit: "reqps",
          queries: [
            { expr: `sum by (outcome) (${rate("rolecall_agent_metadata_requests_total")})`, legend: "{{outcome}}" },
          ],
        },
        {
          title: "Time to answer for credentials",
          description: "From a request's arrival, holds included.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: quantile(0.5, "rolecall_agent_metadata_seconds", '{route="role-credentials"}'), legend: "p50" },
            { expr: quantile(0.99, "rolecall_agent_metadata_seconds", '{route="role-credentials"}'), legend: "p99" },
          ],
        },
        {
          title: "Self-probes by outcome",
          description:
            "arrives is as it should be; passed-by means that something else answered for the metadata address.",
          kind: "lines",
          unit: "reqps",
          queries: [
            {
              expr: `sum by (outcome) (${rate("rolecall_agent_interception_probes_total")})`,
              legend: "{{outcome}}",
            },
          ],
        },
        {
          title: "Packets the guard refused",
          description: "Metadata traffic that was not intercepted, by node.",
          kind: "lines",
          unit: "short",
          queries: [
            { expr: 'sum by (instance) (rolecall_agent_refused_packets{way="guard"})', legend: "{{instance}}" },
          ],
        },
      ],
    },
    {
      title: "STS",
      panels: [
        {
          title: "AssumeRole calls by outcome",
          description: "credentials, or the reason of the failure.",
          kind: "lines",
          unit: "reqps",
          queries: [{ expr: `sum by (outcome) (${rate("rolecall_server_sts_seconds_count")})`, legend: "{{outcome}}" }],
        },
        {
          title: "Time STS takes",
          description: "Of calls that gave credentials.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: quantile(0.5, "rolecall_server_sts_seconds", '{outcome="credentials"}'), legend: "p50" },
            { expr: quantile(0.99, "rolecall_server_sts_seconds", '{outcome="credentials"}'), legend: "p99" },
          ],
        },
        {
          title: "Budget and queue",
          description: "Calls a second that the servers allow themselves, and calls that wait for their turn.",
          kind: "lines",
          unit: "short",
          queries: [
            { expr: "sum(rolecall_server_sts_budget)", legend: "allowed a second" },
            { expr: "sum(rolecall_server_sts_queue_length)", legend: "waiting" },
          ],
        },
        {
          title: "Assumptions by state",
          description:
            "fresh, refreshing, fetching, deferred (an agent still holds them), stale (a refresh failed) or failed.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: "sum by (state) (rolecall_server_assumptions)", legend: "{{state}}" }],
        },
      ],
    },
    {
      title: "Servers",
      panels: [
        {
          title: "Age of what is known of the cluster",
          description: "For how long changes may have been missed; 0 while the watch is open.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: "rolecall_server_watch_stale_seconds", legend: "{{instance}} {{resource}}" },
            { expr: "max(rolecall_agent_feed_stale_seconds)", legend: "node feeds" },
          ],
        },
        {
          title: "Watches that ended",
          description: "closed is ordinary; expired means that everything was listed anew.",
          kind: "lines",
          unit: "reqps",
          queries: [
            {
              expr: `sum by (resource, end) (${rate("rolecall_server_watch_ends_total")})`,
              legend: "{{resource}} {{end}}",
            },
          ],
        },
        {
          title: "Node feeds",
          description: "Bytes sent, and the time from a change until it was handed to the agent's stream.",
          kind: "lines",
          unit: "Bps",
          queries: [{ expr: `sum(${rate("rolecall_server_feed_bytes_total")})`, legend: "bytes" }],
        },
        {
          title: "Time of agents' calls, p99",
          description: "On the server, by method; streams until their first message.",
          kind: "lines",
          unit: "s",
          queries: [{ expr: quantile(0.99, "rolecall_server_grpc_seconds", "", ["method"]), legend: "{{method}}" }],
        },
        {
          title: "Events on pods",
          description: "Created, repeated (shown lately), dropped (too many at once) or failed.",
          kind: "lines",
          unit: "reqps",
          queries: [{ expr: `sum by (outcome) (${rate("rolecall_server_events_total")})`, legend: "{{outcome}}" }],
        },
        {
          title: "Memory",
          description: "Resident memory of servers and of the largest agent.",
          kind: "lines",
          unit: "bytes",
          queries: [
            {
              expr: "process_resident_memory_bytes and on (instance, job) rolecall_server_build_info",
              legend: "{{instance}}",
            },
            {
              expr: "max(process_resident_memory_bytes and on (instance, job) rolecall_agent_build_info)",
              legend: "agents, the largest",
            },
          ],
        },
      ],
    },
    {
      title: "What may run out or drift",
      panels: [
        {
          title: "Certificates: time left",
          description: "The shortest of all servers and of all agents.",
          kind: "lines",
          unit: "s",
          queries: [
            {
              expr: "min by (certificate) (rolecall_server_certificate_expiry_seconds - time())",
              legend: "servers, {{certificate}}",
            },
            {
              expr: "min by (certificate) (rolecall_agent_certificate_expiry_seconds - time())",
              legend: "agents, {{certificate}}",
            },
          ],
        },
        {
          title: "Clocks ahead of AWS",
          description: "Negative where they are behind. AWS tolerates five minutes.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: "rolecall_server_clock_offset_seconds", legend: "{{instance}}" },
            { expr: "max(abs(rolecall_agent_clock_offset_seconds))", legend: "agents, the worst" },
          ],
        },
        {
          title: "Checks that fail",
          description: "Of readiness, by name, over all processes.",
          kind: "lines",
          unit: "short",
          queries: [
            {
              expr: 'sum by (check) ({__name__=~"rolecall_(server|agent)_check_passed"} == bool 0)',
              legend: "{{check}}",
            },
          ],
        },
        {
          title: "Versions",
          description: "Processes by version.",
          kind: "lines",
          unit: "short",
          queries: [
            { expr: "count by (version) (rolecall_server_build_info)", legend: "servers {{version}}" },
            { expr: "count by (version) (rolecall_agent_build_info)", legend: "agents {{version}}" },
          ],
        },
      ],
    },
  ],
};
