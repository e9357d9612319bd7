import { parseIpAddress } from './ip-address.ts';
import { type IpNetwork, networkContains } from './ip-network.ts';

/**
 * Subtracts `holes` from `blocks`, as prefixes: a block that contains a hole is halved until no half contains one.
 * Blocks inside other blocks of the list are left out.
 */
export function subtractNetworks(
  blocks: readonly IpNetwork[],
  holes: readonly IpNetwork[],
): readonly IpNetwork[] {
  const outermost = blocks.filter(
    (block, index) =>
      !blocks.some(
        (other, at) => at !== index && includes(other, block) && (at < index || !includes(block, other)),
      ),
  );
  return outermost.flatMap((block) => cut(block, holes));
}

function cut(block: IpNetwork, holes: readonly IpNetwork[]): readonly IpNetwork[] {
  if (holes.some((hole) => includes(hole, block))) return [];
  const inside = holes.filter((hole) => includes(block, hole));
  if (inside.length === 0) return [block];
  return halves(block).flatMap((half) => cut(half, inside));
}

/** Whether `outer` contains all of `inner`. */
function includes(outer: IpNetwork, inner: IpNetwork): boolean {
  return outer.prefixLength <= inner.prefixLength && networkContains(outer, inner.base);
}

function halves({ base, prefixLength }: IpNetwork): readonly IpNetwork[] {
  const upper = [...base.bytes];
  const index = prefixLength >> 3;
  upper[index] = (upper[index] ?? 0) | (0x80 >> (prefixLength & 7));
  const upperBase = parseIpAddress(textOf(upper));
  if (upperBase === null) throw new TypeError('the upper half of a network has a base');
  return [
    { base, prefixLength: prefixLength + 1 },
    { base: upperBase, prefixLength: prefixLength + 1 },
  ];
}

function textOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}
