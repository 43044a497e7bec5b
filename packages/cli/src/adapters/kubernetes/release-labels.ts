/** What the chart labels its workloads and their pods with, whatever the release is called. */
export const releaseLabels = (component: "server" | "agent"): string =>
  `app.kubernetes.io/name=rolecall,app.kubernetes.io/component=${component}`;
