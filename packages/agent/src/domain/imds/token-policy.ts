/** `optional` also answers a GET without a session token, as EC2 does with `HttpTokens=optional`. */
export const TOKEN_POLICIES = ["required", "optional"] as const;
export type TokenPolicy = (typeof TOKEN_POLICIES)[number];
