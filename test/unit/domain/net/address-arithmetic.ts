import { isIPv6 } from 'node:net';

/** Addresses as numbers, computed independently of the code under test. */
export interface AddressNumber {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const BITS = { 4: 32n, 6: 128n } as const;

/** Number of an address in dotted decimal or in IPv6 text, `::` included. */
export function toNumber(text: string): AddressNumber {
  if (!isIPv6(text)) return { family: 4, value: joinParts(text.split('.').map(BigInt), 8n) };
  // The URL parser writes every group in hexadecimal, including the last two of "::ffff:192.0.2.1".
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return { family: 6, value: joinParts([...before, ...zeros, ...after], 16n) };
}

/** Text of a number; IPv6 without any shortening. */
export function toText({ family, value }: AddressNumber): string {
  return family === 4
    ? splitParts(value, 4, 8n).join('.')
    : splitParts(value, 8, 16n)
        .map((group) => group.toString(16))
        .join(':');
}

/** The first and last address of a block, and their neighbours outside it (null at the ends of the number line). */
export function edgesOf(block: string) {
  const [address = '', length = ''] = block.split('/');
  const { family, value: first } = toNumber(address);
  const last = first + (1n << (BITS[family] - BigInt(length))) - 1n;
  const end = 1n << BITS[family];
  return {
    family,
    first: { family, value: first },
    last: { family, value: last },
    before: first === 0n ? null : { family, value: first - 1n },
    after: last + 1n === end ? null : { family, value: last + 1n },
  };
}

export function blockHolds(block: string, address: AddressNumber): boolean {
  const { family, first, last } = edgesOf(block);
  return family === address.family && first.value <= address.value && address.value <= last.value;
}

function groupsOf(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

function joinParts(parts: readonly bigint[], bits: bigint): bigint {
  return parts.reduce((sum, part) => (sum << bits) | part, 0n);
}

function splitParts(value: bigint, count: number, bits: bigint): bigint[] {
  const mask = (1n << bits) - 1n;
  return Array.from({ length: count }, (_, index) => (value >> (bits * BigInt(count - 1 - index))) & mask);
}
