import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../http/request-body.ts";
import type { StsParts } from "./request-handler.ts";
import type { RoleSettings } from "./roles.ts";

const PREFIX = "/_sandbox/";

export const isAdminPath = (url: string): boolean => url.startsWith(PREFIX);

/** What `POST /_sandbox/faults` takes. What is left out stays as it is. */
export interface AdminFaults {
  /** The role ARNs that are refused with AccessDenied; `[]` for none. */
  readonly deny?: readonly string[];
  /** How many of the next AssumeRole calls are throttled, or all, or none. */
  readonly throttle?: number | boolean;
  /** Whether calls get no answer. */
  readonly hang?: boolean;
  readonly latencyMs?: number;
  /** What roles ask for, by ARN. */
  readonly roles?: Readonly<Record<string, RoleSettings>>;
}

/** The faults over HTTP, and what was counted: `GET /_sandbox/calls`. */
export class AdminEndpoint {
  readonly #parts: StsParts;
  #endThrottling: () => void = () => {};
  #endHang: () => void = () => {};

  constructor(parts: StsParts) {
    this.#parts = parts;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${JSON.stringify(body)}\n`);
    };
    switch (`${request.method} ${request.url}`) {
      case `GET ${PREFIX}calls`:
        return answer(200, report(this.#parts));
      case `POST ${PREFIX}faults`: {
        const wanted = parse(await readBody(request));
        if (wanted.kind === "problem") return answer(400, { problem: wanted.problem });
        this.#apply(wanted.faults);
        return answer(200, {});
      }
      default:
        return answer(404, { problem: `GET ${PREFIX}calls and POST ${PREFIX}faults are answered here` });
    }
  }

  #apply({ deny, throttle, hang, latencyMs, roles = {} }: AdminFaults): void {
    const { faults } = this.#parts;
    if (deny) this.#parts.roles.setDenied(deny);
    if (latencyMs !== undefined) faults.latencyMs = latencyMs;
    for (const [arn, settings] of Object.entries(roles)) this.#parts.roles.set(arn, settings);
    if (throttle !== undefined) {
      this.#endThrottling();
      if (throttle) this.#endThrottling = faults.throttle(throttle === true ? undefined : throttle);
    }
    if (hang !== undefined) {
      this.#endHang();
      if (hang) this.#endHang = faults.hang();
    }
  }
}

function report({ calls }: StsParts): object {
  const assumeRole: Record<string, number> = {};
  for (const call of calls.entries) {
    if (call.action === "AssumeRole") assumeRole[call.roleArn] = (assumeRole[call.roleArn] ?? 0) + 1;
  }
  const getCallerIdentity = calls.count(({ action }) => action === "GetCallerIdentity");
  return { assumeRole, getCallerIdentity, calls: calls.entries };
}

const CHECKS: Readonly<Record<keyof AdminFaults, (value: unknown) => boolean>> = {
  deny: Array.isArray,
  throttle: (value) => typeof value === "number" || typeof value === "boolean",
  hang: (value) => typeof value === "boolean",
  latencyMs: (value) => typeof value === "number" && value >= 0,
  roles: (value) => typeof value === "object" && value !== null,
};

type Parsed =
  | { readonly kind: "faults"; readonly faults: AdminFaults }
  | { readonly kind: "problem"; readonly problem: string };

function parse(body: string): Parsed {
  try {
    const faults = JSON.parse(body) as Record<string, unknown>;
    for (const [key, setting] of Object.entries(faults)) {
      const check = (CHECKS as Record<string, (value: unknown) => boolean>)[key];
      if (!check)
        return { kind: "problem", problem: `${key}: no such fault; there are ${Object.keys(CHECKS).join(", ")}` };
      if (!check(setting)) return { kind: "problem", problem: `${key}: ${JSON.stringify(setting)} is no value for it` };
    }
    return { kind: "faults", faults };
  } catch (error) {
    return { kind: "problem", problem: `the body must be JSON: ${error}` };
  }
}
