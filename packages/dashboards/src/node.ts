import { type Dashboard, quantile, rate } from "./panel.ts";

const NODE = 'instance="$node"';
const on = (metric: string, more = ""): string => `${metric}{${NODE}${more === "" ? "" : `, ${more}`}}`;

export const ONE_NODE: Dashboard = {
  uid: "rolecall-node",
  title: "Rolecall / Node",
  description: "One node's agent: its pods, their requests, its feed and its kernel rules.",
  isOfOneNode: true,
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Pods with credentials",
          description: "Pods of this node that may have credentials and do.",
          kind: "number",
          unit: "short",
          queries: [{ expr: `sum(${on("rolecall_agent_pods", 'standing="ready"')}) or vector(0)`, legend: "" }],
        },
        {
          title: "Pods without",
          description: "Pods of this node that ask for a role and are denied, or whose role STS refuses.",
          kind: "number",
          unit: "short",
          badFrom: 1,
          queries: [
            { expr: `sum(${on("rolecall_agent_pods", 'standing=~"denied|failed"')}) or vector(0)`, legend: "" },
          ],
        },
        {
          title: "Rules in place",
          description: "1 when guard and interception stood at the last look.",
          kind: "number",
          unit: "short",
          badBelow: 1,
          queries: [{ expr: on("rolecall_agent_rules_in_place"), legend: "" }],
        },
        {
          title: "Without a server for",
          description: "0 while the node feed is live.",
          kind: "number",
          unit: "s",
          badFrom: 300,
          queries: [{ expr: on("rolecall_agent_feed_stale_seconds"), legend: "" }],
        },
        {
          title: "Least life left",
          description: "Of the credentials nearest to their end. They are refreshed with 52 % or more left.",
          kind: "number",
          unit: "percentunit",
          badBelow: 0.35,
          queries: [{ expr: on("rolecall_agent_credentials_least_life_left_ratio"), legend: "" }],
        },
        {
          title: "Clock ahead of AWS",
          description: "Negative where it is behind.",
          kind: "number",
          unit: "s",
          badFrom: 60,
          queries: [{ expr: on("rolecall_agent_clock_offset_seconds"), legend: "" }],
        },
      ],
    },
    {
      title: "Pods",
      panels: [
        {
          title: "Pods by standing",
          description: "no-role: without the annotation.",
          kind: "lines",
          unit: "short",
          queries: [
            { expr: `sum by (standing) (${on("rolecall_agent_pods")})`, legend: "{{standing}}" },
            { expr: on("rolecall_agent_pods_with_address"), legend: "known by an address" },
          ],
        },
        {
          title: "Pods without credentials, by reason",
          description: "The words of the troubleshooting page.",
          kind: "lines",
          unit: "short",
          queries: [
            {
              expr: `sum by (reason) (${on("rolecall_agent_pods", 'standing=~"denied|failed"')})`,
              legend: "{{reason}}",
            },
          ],
        },
        {
          title: "Credentials by what is left of their life",
          description: "In minutes.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: on("rolecall_agent_credentials"), legend: "{{remaining}}" }],
        },
      ],
    },
    {
      title: "Requests of pods",
      panels: [
        {
          title: "Requests by route",
          description: "What was asked for.",
          kind: "lines",
          unit: "reqps",
          queries: [
            { expr: `sum by (route) (${rate(on("rolecall_agent_metadata_requests_total"))})`, legend: "{{route}}" },
          ],
        },
        {
          title: "Requests by outcome and status",
          description: "How it was answered.",
          kind: "lines",
          unit: "reqps",
          queries: [
            {
              expr: `sum by (outcome, status) (${rate(on("rolecall_agent_metadata_requests_total"))})`,
              legend: "{{status}} {{outcome}}",
            },
          ],
        },
        {
          title: "Time to answer, p99",
          description: "By route, from a request's arrival, holds included.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: quantile(0.99, "rolecall_agent_metadata_seconds", `{${NODE}}`, ["route"]), legend: "{{route}}" },
          ],
        },
      ],
    },
    {
      title: "Interception",
      panels: [
        {
          title: "Intercepted connections",
          description: "That the kernel brought to the agent since the rule was written.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: on("rolecall_agent_intercepted_connections"), legend: "{{family}}" }],
        },
        {
          title: "Refused packets",
          description: "guard: not intercepted. direct: dialled the agent's own address.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: on("rolecall_agent_refused_packets"), legend: "{{family}} {{way}}" }],
        },
        {
          title: "Looks at the rules",
          description: "By outcome: ok, or why the rules could not be kept.",
          kind: "lines",
          unit: "reqps",
          queries: [
            { expr: `sum by (outcome) (${rate(on("rolecall_agent_rules_checks_total"))})`, legend: "{{outcome}}" },
          ],
        },
      ],
    },
    {
      title: "Feed and addresses",
      panels: [
        {
          title: "State of the feed",
          description: "1 for the state it is in.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: on("rolecall_agent_feed_state"), legend: "{{state}}" }],
        },
        {
          title: "Updates of the feed",
          description: "By kind.",
          kind: "lines",
          unit: "reqps",
          queries: [{ expr: `sum by (kind) (${rate(on("rolecall_agent_feed_updates_total"))})`, legend: "{{kind}}" }],
        },
        {
          title: "Calls to the servers, p99",
          description: "By method; streams until their first message.",
          kind: "lines",
          unit: "s",
          queries: [
            { expr: quantile(0.99, "rolecall_agent_grpc_seconds", `{${NODE}}`, ["method"]), legend: "{{method}}" },
          ],
        },
        {
          title: "How pods' addresses are known",
          description: "followed is best; unavailable means that the API's word is all there is.",
          kind: "lines",
          unit: "short",
          queries: [{ expr: on("rolecall_agent_cni_results_state"), legend: "{{state}}" }],
        },
      ],
    },
    {
      title: "Process",
      panels: [
        {
          title: "Memory",
          description: "Resident; two thirds of it are Node's program, shared on the node.",
          kind: "lines",
          unit: "bytes",
          queries: [
            {
              expr: `${on("process_resident_memory_bytes")} and on (instance, job) rolecall_agent_build_info`,
              legend: "resident",
            },
          ],
        },
        {
          title: "Processor",
          description: "Share of one core.",
          kind: "lines",
          unit: "percentunit",
          queries: [
            {
              expr: `${rate(on("process_cpu_seconds_total"))} and on (instance, job) rolecall_agent_build_info`,
              legend: "in use",
            },
          ],
        },
        {
          title: "Certificates: time left",
          description: "Of those in use.",
          kind: "lines",
          unit: "s",
          queries: [{ expr: `${on("rolecall_agent_certificate_expiry_seconds")} - time()`, legend: "{{certificate}}" }],
        },
      ],
    },
  ],
};
