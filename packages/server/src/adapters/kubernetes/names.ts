/** What the API server takes for a name (RFC 1123 subdomain); anything else could be another path. */
export const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
