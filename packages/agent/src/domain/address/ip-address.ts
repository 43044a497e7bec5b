/**
 * The one spelling in which addresses are compared: dotted IPv4 without leading zeros, or IPv6 as RFC 5952 writes it.
 * An IPv4-mapped IPv6 address becomes its IPv4 address, since a dual-stack socket names an IPv4 peer so.
 *
 * @returns undefined for anything that is no plain address (a CIDR, a zone, a host name)
 */
export function canonicalAddress(text: string): string | undefined {
  if (!text.includes(":")) return parseIpv4(text)?.join(".");
  const groups = parseIpv6(text);
  if (!groups) return undefined;
  return isIpv4Mapped(groups) ? lastGroupsAsIpv4(groups) : formatIpv6(groups);
}

/** Whether every pod has the address: what the loopback plugin gives, the unspecified ones, and link-local IPv6. */
export function isLocalOnly(address: string): boolean {
  return ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(address) || /^fe[89ab]/.test(address);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  return octets?.every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet)
    ? octets.map(Number)
    : undefined;
}

/** @returns eight numbers of sixteen bits */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  // "::" stands for at least one group.
  if (!tail || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(half: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  if (half === "") return [];
  const groups: number[] = [];
  const parts = half.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const octets = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (!octets) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push(a * 256 + b, c * 256 + d);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

const isIpv4Mapped = (groups: readonly number[]) =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;

const lastGroupsAsIpv4 = (groups: readonly number[]) =>
  groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join(".");

/** RFC 5952 §4: lower case, no leading zeros, the first of the longest runs of two or more zero groups as "::". */
function formatIpv6(groups: readonly number[]): string {
  let longest = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (longest.start === -1) return hex.join(":");
  return `${hex.slice(0, longest.start).join(":")}::${hex.slice(longest.start + longest.length).join(":")}`;
}
