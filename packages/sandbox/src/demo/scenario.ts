/** One pod of the demonstration, and what it must see. */
export interface DemoPod {
  readonly namespace: string;
  readonly name: string;
  /** Its address; on Linux all of 127.0.0.0/8 is loopback, so that pods differ by source address without root. */
  readonly ip: string;
  readonly role?: string;
  /** Why it is here. */
  readonly shows: string;
  readonly expected:
    | { readonly kind: "role"; readonly arn: string }
    /** No credentials, and an Event with this reason where one is due. */
    | { readonly kind: "nothing"; readonly event: string | undefined };
}

export const NODE = "demo-node";
export const ACCOUNT = "123456789012";

export const NAMESPACES: Readonly<Record<string, string | undefined>> = {
  shop: `arn:aws:iam::${ACCOUNT}:role/(shop-.*|reports/.*)`,
  lab: undefined,
};

export const PODS: readonly DemoPod[] = [
  {
    namespace: "shop",
    name: "web",
    ip: "127.0.1.1",
    role: "shop-web",
    shows: "a role by its name",
    expected: { kind: "role", arn: `arn:aws:sts::${ACCOUNT}:assumed-role/shop-web/shop.default` },
  },
  {
    namespace: "shop",
    name: "report",
    ip: "127.0.1.2",
    role: `arn:aws:iam::${ACCOUNT}:role/reports/monthly`,
    shows: "a role by its full ARN, with a path",
    expected: { kind: "role", arn: `arn:aws:sts::${ACCOUNT}:assumed-role/monthly/shop.default` },
  },
  {
    namespace: "shop",
    name: "plain",
    ip: "127.0.1.3",
    shows: "no annotation, no role",
    expected: { kind: "nothing", event: undefined },
  },
  {
    namespace: "shop",
    name: "curious",
    ip: "127.0.1.4",
    role: "admin",
    shows: "a role that its namespace does not permit",
    expected: { kind: "nothing", event: "RoleForbidden" },
  },
  {
    namespace: "lab",
    name: "test",
    ip: "127.0.1.5",
    role: "shop-web",
    shows: "a namespace that permits nothing",
    expected: { kind: "nothing", event: "RoleForbidden" },
  },
  {
    namespace: "shop",
    name: "typo",
    ip: "127.0.1.6",
    role: "my role",
    shows: "an annotation that is no role",
    expected: { kind: "nothing", event: "InvalidRole" },
  },
];
