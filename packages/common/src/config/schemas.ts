import * as z from "zod/mini";
import { parseDurationMs } from "./duration.ts";

/** Schemas of option values. Each takes the text of a flag and says in a sentence what it wanted instead. */
const parsed = <T>(parse: (text: string) => T | undefined, wanted: string): z.ZodMiniType<T, string> =>
  z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: "custom", message: `must be ${wanted}`, input: text });
      return z.NEVER;
    }),
  );

/** What a parser of the domain reads, which says itself what it wanted instead. */
export const readBy = <T>(
  parse: (
    text: string,
  ) => { readonly kind: "valid"; readonly value: T } | { readonly kind: "malformed"; readonly detail: string },
): z.ZodMiniType<T, string> =>
  z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      const read = parse(text);
      if (read.kind === "valid") return read.value;
      context.issues.push({ code: "custom", message: read.detail, input: text });
      return z.NEVER;
    }),
  );

export const text: z.ZodMiniType<string, string> = parsed((value) => value || undefined, "a text that is not empty");

export const boolean = parsed((value) => ({ true: true, false: false })[value], "true or false");

export const oneOf = <const T extends string>(choices: readonly T[]) =>
  parsed((value) => choices.find((choice) => choice === value), `one of ${choices.join(", ")}`);

export const integer = (minimum: number, maximum: number) =>
  parsed((value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  }, `a whole number from ${minimum} to ${maximum}`);

export const port = integer(0, 65_535);

/** Milliseconds from a duration such as `15m`. */
export const durationMs = (minimum: string, maximum: string) => {
  const [least, most] = [parseDurationMs(minimum), parseDurationMs(maximum)];
  if (least === undefined || most === undefined)
    throw new RangeError(`${minimum} to ${maximum} is no range of durations`);
  return parsed((value) => {
    const ms = parseDurationMs(value);
    return ms !== undefined && ms >= least && ms <= most ? ms : undefined;
  }, `a duration from ${minimum} to ${maximum}, such as 500ms, 10s, 15m or 1h30m`);
};

/** `HOST:PORT`, with an IPv6 host in brackets. */
export const hostPort = parsed((value) => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(value);
  const number = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && number <= 65_535 ? { host, port: number } : undefined;
}, "HOST:PORT, an IPv6 host in brackets");

/** The same, of an address that only this machine reaches (in a pod: only its own containers and a port-forward). */
export const loopbackHostPort = parsed((value) => {
  const address = hostPort.safeParse(value);
  if (!address.success) return undefined;
  const { host } = address.data;
  return /^127(\.\d{1,3}){3}$/.test(host) || host === "::1" ? address.data : undefined;
}, "HOST:PORT with a host of 127.0.0.0/8 or [::1]");

/** Lower case, as SPIFFE wants a trust domain. */
export const dnsName = parsed(
  (value) => (/^[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?$/.test(value) ? value : undefined),
  "a DNS name in lower case",
);

/** Comma-separated; an empty text is an empty list. */
export const list = parsed(
  (value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  "a comma-separated list",
);

/** A Kubernetes object in a namespace. */
export const namespacedName = parsed((value) => {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(value) ?? [];
  return namespace && name ? { namespace, name } : undefined;
}, "NAMESPACE/NAME");

export const httpUrl = parsed((value) => {
  if (!URL.canParse(value)) return undefined;
  const { protocol } = new URL(value);
  return protocol === "http:" || protocol === "https:" ? value : undefined;
}, "an http:// or https:// URL");
