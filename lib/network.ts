/** An IPv4 address is itself, mapped into IPv6 or not. */
const unmapped = (address: string) => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;

/** The first groups of an IPv6 address, of 16 bits each. */
const prefix = (address: string, length: number): string => {
  const [before = [], after = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  // What `::` stands for. Without it there are eight groups, and none is missing.
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, length);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
};

/**
 * Whose address it is, as far as an address can tell: an IPv6 customer has a /64 at least, and all of it is theirs; an
 * IPv4 address is itself.
 */
export const network = (address: string): string => {
  const own = unmapped(address);
  return own.includes(':') ? prefix(own, 4) : own;
};

/**
 * The /48 of an IPv6 address. It may be one customer's, who has 65,536 networks then, or that of as many customers; an
 * IPv4 address has none.
 */
export const site = (address: string): string | undefined => {
  const own = unmapped(address);
  return own.includes(':') ? prefix(own, 3) : undefined;
};
