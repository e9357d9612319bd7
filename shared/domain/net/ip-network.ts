import { type IpAddress, parseIpAddress } from './ip-address.ts';

/** A block of addresses, such as `192.0.2.0/24`. */
export interface IpNetwork {
  readonly base: IpAddress;
  readonly prefixLength: number;
}

/**
 * Parse a block in prefix notation; null if invalid. Bits after the prefix must be zero: `10.0.0.1/8` is more likely a
 * mistake than a request for all of `10.0.0.0/8`.
 */
export function parseIpNetwork(text: string): IpNetwork | null {
  const [addressText = '', lengthText = '', ...more] = text.split('/');
  const base = parseIpAddress(addressText);
  if (base === null || more.length > 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(lengthText)) return null;
  const prefixLength = Number(lengthText);
  if (prefixLength > base.bytes.length * 8) return null;
  const hostBitsAreZero = base.bytes.every((byte, index) => (byte & ~prefixMask(prefixLength, index)) === 0);
  return hostBitsAreZero ? { base, prefixLength } : null;
}

/** Prefix notation; equal networks have equal texts. */
export function formatIpNetwork({ base, prefixLength }: IpNetwork): string {
  return `${base.text}/${prefixLength}`;
}

/** Whether `address` is in the network. An IPv4-mapped IPv6 address is an IPv6 address and in no IPv4 network. */
export function networkContains({ base, prefixLength }: IpNetwork, address: IpAddress): boolean {
  if (base.family !== address.family) return false;
  return address.bytes.every((byte, index) => (byte & prefixMask(prefixLength, index)) === base.bytes[index]);
}

/** Mask of the bits of one octet that a prefix covers: 0xff inside the prefix, 0 after it. */
function prefixMask(prefixLength: number, byteIndex: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - byteIndex * 8));
  return (0xff << (8 - bits)) & 0xff;
}
