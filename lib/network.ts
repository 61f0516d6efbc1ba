/**
 * Whose address it is, as far as an address can tell: an IPv6 customer has a /64 at least, and all of it is theirs; an
 * IPv4 address is itself, mapped into IPv6 or not.
 */
export const network = (address: string): string => {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped) return mapped;
  if (!address.includes(':')) return address;
  const [before = [], after = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  // What `::` stands for. Without it there are eight groups, and none is missing.
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
};
