import { qualifiedName, type Resource } from "./resources.ts";

/** A metav1 Status: what the API answers instead of an object. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string };
  readonly status: "Failure";
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
}

/** Ends a request with a Status. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

/** The reason that goes with a code, as k8s.io/apimachinery/pkg/apis/meta/v1 lists them. */
const REASON_BY_CODE: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

export function failure(
  code: number,
  message: string,
  more: Pick<Partial<Status>, "reason" | "details" | "metadata"> = {},
): Status {
  const { metadata = {}, reason = REASON_BY_CODE[code], details } = more;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata,
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

type Named = Pick<Resource, "group" | "plural">;

const ofObject = (name: string, { group, plural }: Named): StatusDetails => ({
  ...(name === "" ? {} : { name }),
  ...(group === "" ? {} : { group }),
  kind: plural,
});

export const badRequest = (message: string): Status => failure(400, message);

export const notFound = (resource: Named, name: string): Status =>
  failure(404, `${qualifiedName(resource)} "${name}" not found`, { details: ofObject(name, resource) });

export const alreadyExists = (resource: Named, name: string): Status =>
  failure(409, `${qualifiedName(resource)} "${name}" already exists`, {
    reason: "AlreadyExists",
    details: ofObject(name, resource),
  });

export const conflict = (resource: Named, name: string): Status =>
  failure(
    409,
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: ofObject(name, resource) },
  );

export const invalid = (kind: string, name: string, field: string, problem: string): Status =>
  failure(422, `${kind} "${name}" is invalid: ${field}: ${problem}`, {
    details: { ...(name === "" ? {} : { name }), kind, causes: [{ message: problem, field }] },
  });

export interface Attempt extends Named {
  readonly verb: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export const forbidden = (user: string, { verb, namespace, name = "", ...resource }: Attempt): Status =>
  failure(
    403,
    `${qualifiedName(resource)}${name === "" ? "" : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`}`,
    { details: ofObject(name, resource) },
  );

/** What a watch gets, as an ERROR event, whose start is no longer in the history. */
export const watchExpired = (from: number, current: number): Status =>
  failure(410, `too old resource version: ${from} (${current})`);

/** What a page gets whose snapshot is gone, with a token that goes on from the present state. */
export const continueExpired = (inconsistentToken: string): Status =>
  failure(
    410,
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    { metadata: { continue: inconsistentToken } },
  );
