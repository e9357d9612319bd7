import * as asn1 from 'asn1js';

export const octets = (...bytes: readonly number[]) => Buffer.from(bytes);

/** An element with the given tag octets, which may be invalid. */
export function element(tag: number | readonly number[], ...content: readonly Uint8Array[]): Buffer {
  const joined = Buffer.concat(content);
  const { length } = joined;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([octets(...[tag].flat(), ...header), joined]);
}

/** The elements of the sequence `der`, with tag and length. */
export function partsOf(der: Uint8Array): readonly Buffer[] {
  const { result } = asn1.fromBER(der);
  if (!(result instanceof asn1.Sequence)) throw new TypeError('a sequence is needed');
  return result.valueBlock.value.map((part) => Buffer.from(part.valueBeforeDecodeView));
}
