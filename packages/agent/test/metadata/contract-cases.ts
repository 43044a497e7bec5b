import type { Source } from "./sources.ts";
import type { RequestText } from "./wire.ts";

export interface Ask {
  readonly from?: Source;
  readonly request: RequestText;
  /** A valid token of the source's own (`own`), none, or this one. Only `own` when not said and the method is GET or HEAD. */
  readonly token?: "own" | "none" | { readonly text: string };
  readonly status: number;
  /** Exact, or a pattern. Empty when not said. */
  readonly body?: string | RegExp;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One exchange or a few that together are one case of the metadata contract. */
export interface ContractCase {
  readonly number: number;
  readonly claim: string;
  readonly tokens?: "optional";
  /** Reads the node's metadata; all other cases must not touch it. */
  readonly readsNode?: true;
  readonly asks: readonly Ask[];
}

const IAM = "/latest/meta-data/iam";
export const LIST = `${IAM}/security-credentials/`;
const TOKEN = "/latest/api/token";
const TTL = "X-aws-ec2-metadata-token-ttl-seconds";

const get = (target: string, status: number, rest: Partial<Ask> = {}): Ask => ({
  request: { target },
  status,
  ...rest,
});
const send = (method: string, target: string, status: number, rest: Partial<Ask> = {}): Ask => ({
  request: { method, target },
  status,
  ...rest,
});
const putToken = (headers: readonly string[], status: number, rest: Partial<Ask> = {}, target = TOKEN): Ask => ({
  request: { method: "PUT", target, headers },
  status,
  ...rest,
});
const own = (text: string): Partial<Ask> => ({ body: text });
const ISSUED: Partial<Ask> = {
  body: /^[\w.-]{40,}$/,
  headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600", "content-type": "text/plain" },
};
const SECRETS_OF_P = /"SecretAccessKey" : "secret-key-of-pod-p"/;

export const CONTRACT_CASES: readonly ContractCase[] = [
  {
    number: 1,
    claim: "PUT of a token with a time to live is answered with a token and that time",
    asks: [putToken([`${TTL}: 21600`], 200, ISSUED)],
  },
  {
    number: 3,
    claim: "a time to live that is no whole number from 1 to 21600 is refused with 400",
    asks: ["0", "21601", "-1", "abc", "1.5", ""]
      .map((value) => putToken([`${TTL}: ${value}`], 400))
      .concat(putToken([], 400), putToken([`${TTL}: 60`, `${TTL}: 60`], 400)),
  },
  {
    number: 4,
    claim: "PUT with X-Forwarded-For is refused with 403, an empty one included",
    asks: ["10.0.0.1", ""].map((value) => putToken([`${TTL}: 60`, `X-Forwarded-For: ${value}`], 403)),
  },
  {
    number: 5,
    claim: "the token path takes PUT alone",
    asks: ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"].map((method) =>
      send(method, TOKEN, 405, { headers: { allow: "OPTIONS, PUT" } }),
    ),
  },
  {
    number: 6,
    claim: "tokens are issued under latest alone; a version is refused with 403",
    asks: ["/2021-03-23/api/token", "/1.0/api/token"].map((target) => putToken([`${TTL}: 60`], 403, {}, target)),
  },
  {
    number: 7,
    claim: "a PUT may come without Content-Length, with zero, with a small body",
    asks: [
      putToken([`${TTL}: 21600`], 200, ISSUED),
      putToken([`${TTL}: 21600`, "Content-Length: 0"], 200, ISSUED),
      {
        request: { method: "PUT", target: TOKEN, headers: [`${TTL}: 21600`, "Content-Length: 10"], body: "0123456789" },
        status: 200,
        ...ISSUED,
      },
      {
        request: {
          method: "PUT",
          target: TOKEN,
          headers: [`${TTL}: 21600`, "Transfer-Encoding: chunked"],
          body: "3\r\nabc\r\n0\r\n\r\n",
        },
        status: 200,
        ...ISSUED,
      },
      putToken([`${TTL}: 21600`, "Content-Length: 1000000"], 413),
    ],
  },
  {
    number: 8,
    claim: "the token path may have doubled and trailing slashes",
    asks: ["//latest/api/token", "/latest/api/token/"].map((target) =>
      putToken([`${TTL}: 21600`], 200, ISSUED, target),
    ),
  },
  {
    number: 11,
    claim: "a damaged, foreign, huge or repeated token is refused with 401",
    asks: [
      get(LIST, 401, { token: { text: "INVALID" } }),
      get(LIST, 401, { token: { text: "" } }),
      get(LIST, 401, { token: { text: "A".repeat(10_000) } }),
      get(LIST, 401, { token: { text: "a\r\nX-aws-ec2-metadata-token: b" } }),
    ],
  },
  { number: 13, claim: "the list is the role's name and nothing else", asks: [get(LIST, 200, own("web"))] },
  {
    number: 14,
    claim: "the list without its slash is the same list and no redirect",
    asks: [get(`${IAM}/security-credentials`, 200, own("web"))],
  },
  {
    number: 15,
    claim: "without a token the list is refused with 401",
    asks: [get(LIST, 401, { token: "none" }), get(`${LIST}web`, 401, { token: "none" })],
  },
  {
    number: 15,
    claim: "without a token the list is answered where tokens are optional",
    tokens: "optional",
    asks: [get(LIST, 200, { token: "none", body: "web" })],
  },
  {
    number: 16,
    claim: "an invalid token is refused with 401 where tokens are optional, and not taken for none",
    tokens: "optional",
    asks: [get(LIST, 401, { token: { text: "INVALID" } })],
  },
  {
    number: 17,
    claim: "HEAD is answered as GET without the body",
    asks: [send("HEAD", LIST, 200, { headers: { "content-length": "3" } })],
  },
  {
    number: 18,
    claim: "a pod without a role, or denied its role, finds no list; one whose role STS refuses finds it unavailable",
    asks: [
      get(LIST, 404, { from: "N" }),
      get(LIST, 404, { from: "denied" }),
      get(LIST, 503, { from: "failed" }),
      get(`${LIST}web`, 503, { from: "failed" }),
    ],
  },
  {
    number: 20,
    claim: "every version has the same list",
    asks: ["1.0", "2009-04-04", "2021-01-03"].map((version) =>
      get(`/${version}/meta-data/iam/security-credentials/`, 200, own("web")),
    ),
  },
  {
    number: 21,
    claim: "doubled slashes mean nothing",
    asks: [get("//latest//meta-data///iam//security-credentials/", 200, own("web"))],
  },
  {
    number: 22,
    claim: "GET with X-Forwarded-For is refused with 403",
    asks: ["10.0.0.1", ""].map((value) => ({
      request: { target: LIST, headers: [`X-Forwarded-For: ${value}`] },
      status: 403,
    })),
  },
  {
    number: 23,
    claim: "the list cannot be written",
    asks: ["POST", "PUT", "DELETE", "OPTIONS"].map((method) =>
      send(method, LIST, 405, { token: "own", headers: { allow: "GET, HEAD" } }),
    ),
  },
  {
    number: 24,
    claim: "the credentials are a JSON text with the eight things clients look for",
    asks: [
      get(`${LIST}web`, 200, {
        body: /^\{\n {2}"Code" : "Success",\n {2}"LastUpdated" : "[^"]+",\n {2}"Type" : "AWS-HMAC",\n {2}"AccessKeyId" : "ASIAPOD-P",\n {2}"SecretAccessKey" : "secret-key-of-pod-p",\n {2}"Token" : "session-token-of-pod-p",\n {2}"Expiration" : "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\n\}$/,
        headers: { "content-type": "text/plain" },
      }),
    ],
  },
  {
    number: 26,
    claim: "the credentials may be asked for with a slash",
    asks: [get(`${LIST}web/`, 200, { body: SECRETS_OF_P })],
  },
  {
    number: 27,
    claim: "a query or a fragment changes nothing",
    asks: [get(`${LIST}web?x=1`, 200, { body: SECRETS_OF_P }), get(`${LIST}web#x`, 200, { body: SECRETS_OF_P })],
  },
  {
    number: 28,
    claim: "any other name is unknown, other pods' roles and the node's included",
    asks: ["node-role", "WEB", "web%20", "webx", "batch", "web/x"].map((name) => get(`${LIST}${name}`, 404)),
  },
  {
    number: 29,
    claim: "a role with a path is listed by its name and fetched by name, path or ARN",
    asks: [
      get(LIST, 200, { from: "pathed", body: "api" }),
      ...["api", "team/api", "arn:aws:iam::123456789012:role/team/api"].map((name) =>
        get(`${LIST}${name}`, 200, { from: "pathed" as const, body: /secret-key-of-pod-pathed/ }),
      ),
    ],
  },
  {
    number: 30,
    claim: "a name of every allowed character goes round, escaped or not",
    asks: [
      get(LIST, 200, { from: "odd", body: "a+=,.@-_B" }),
      get(`${LIST}a+=,.@-_B`, 200, { from: "odd", body: /secret-key-of-pod-odd/ }),
      get(`${LIST}a%2B%3D%2C.%40-_B`, 200, { from: "odd", body: /secret-key-of-pod-odd/ }),
    ],
  },
  {
    number: 40,
    claim: "the extended list and credentials are the same, with the account",
    asks: [
      get(`${IAM}/security-credentials-extended/`, 200, own("web")),
      get(`${IAM}/security-credentials-extended/web`, 200, {
        body: /"SecretAccessKey" : "secret-key-of-pod-p",[^}]*"AccountId" : "123456789012"\n\}$/,
      }),
    ],
  },
  {
    number: 41,
    claim: "a pod without a role finds no extended list",
    asks: [get(`${IAM}/security-credentials-extended/`, 404, { from: "N" })],
  },
  {
    number: 42,
    claim: "the root lists versions without a token, and refuses an invalid one",
    asks: [
      get("/", 200, { token: "none", body: /^1\.0\n(\d{4}-\d\d-\d\d\n)+latest$/ }),
      get("/", 401, { token: { text: "INVALID" } }),
    ],
  },
  {
    number: 43,
    claim: "directories list what is allowed and nothing else",
    asks: [
      get("/latest/", 200, own("dynamic/\nmeta-data/")),
      get("/latest/meta-data/", 200, own("iam/\ninstance-id\ninstance-type\nlocal-ipv4\nplacement/")),
      get("/latest/meta-data/placement", 200, own("availability-zone\navailability-zone-id\nregion")),
    ],
  },
  {
    number: 44,
    claim: "region and zone are the node's, with and without a slash",
    readsNode: true,
    asks: [
      get("/latest/meta-data/placement/region", 200, own("eu-west-1")),
      get("/latest/meta-data/placement/availability-zone", 200, own("eu-west-1b")),
      get("/latest/meta-data/placement/availability-zone/", 200, own("eu-west-1b")),
      get("/2021-01-03/meta-data/instance-type", 200, { from: "N", body: "m6i.large" }),
    ],
  },
  {
    number: 45,
    claim: "the identity document is the node's",
    readsNode: true,
    asks: [get("/latest/dynamic/instance-identity/document", 200, { body: /"region" : "eu-west-1"/ })],
  },
  {
    number: 46,
    claim: "what proves to others that one is the node is unknown",
    asks: ["pkcs7", "rsa2048", "signature"].map((name) => get(`/latest/dynamic/instance-identity/${name}`, 404)),
  },
  {
    number: 47,
    claim: "user data is unknown",
    asks: [get("/latest/user-data", 404), get("/latest/user-data/", 404), get("/2009-04-04/user-data", 404)],
  },
  {
    number: 48,
    claim: "the node's identity credentials are unknown",
    asks: ["", "ec2/info", "ec2/security-credentials/ec2-instance"].map((path) =>
      get(`/latest/meta-data/identity-credentials/${path}`, 404),
    ),
  },
  {
    number: 49,
    claim: "iam/info is made of the pod's role, and unknown to a pod without one",
    asks: [
      get(`${IAM}/info`, 200, { body: /"InstanceProfileArn" : "arn:aws:iam::123456789012:instance-profile\/web"/ }),
      get(`${IAM}/info`, 404, { from: "N" }),
    ],
  },
  {
    number: 50,
    claim: "iam lists what a pod with a role has there",
    asks: [get(IAM, 200, own("info\nsecurity-credentials/")), get(`${IAM}/`, 404, { from: "N" })],
  },
  {
    number: 51,
    claim: "the node's SSH keys are unknown",
    asks: [get("/latest/meta-data/managed-ssh-keys/", 404), get("/latest/meta-data/public-keys/", 404)],
  },
  {
    number: 52,
    claim: "any other path is unknown",
    asks: [get("/latest/meta-data/mac", 404), get("/latest", 200, own("dynamic/\nmeta-data/")), get("/metrics", 404)],
  },
  {
    number: 62,
    claim: "a source on the node's own network gets no role, and may read the node's metadata",
    readsNode: true,
    asks: [
      get(LIST, 404, { from: "host" }),
      get(`${LIST}web`, 404, { from: "host" }),
      get("/latest/meta-data/placement/region", 200, { from: "host", body: "eu-west-1" }),
    ],
  },
];
