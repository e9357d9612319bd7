import * as asn1 from 'asn1js';

/** Why a certificate cannot be parsed. Thrown and caught inside the parser only. */
export class DerProblem extends Error {}

const UNIVERSAL_CLASS = 1;
const CONTEXT_CLASS = 3;
const MAX_DEPTH = 16;
const MAX_NODES = 5_000;

const MAX_TEXT_CHARACTERS = 100;
/** Invisible characters and characters that control a terminal. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Parses `octets` as exactly one DER element. */
export function readDer(octets: Uint8Array): asn1.BaseBlock {
  // The content of an octet string is parsed only on request, not on the guess that it might be an element.
  const limits = { maxDepth: MAX_DEPTH, maxNodes: MAX_NODES, parseEmbedded: false };
  const { offset, result } = asn1.fromBER(octets, limits);
  if (offset !== octets.length || result.error !== '')
    throw new DerProblem('the certificate is not valid DER');
  assertDer(result);
  return result;
}

/** The elements of a SEQUENCE, or of the given `type`, each with its tag and length in DER form. */
export function childrenOf(
  block: asn1.BaseBlock,
  what: string,
  type: typeof asn1.Constructed = asn1.Sequence,
): readonly asn1.BaseBlock[] {
  if (!block.idBlock.isConstructed || !(block instanceof type)) {
    throw new DerProblem(`${what} has not the form it should have`);
  }
  const children = block.valueBlock.value;
  for (const child of children) assertDer(child);
  // The library accepts a last element that extends beyond the end of its parent.
  const octets = children.reduce((sum, { valueBeforeDecodeView }) => sum + valueBeforeDecodeView.length, 0);
  if (octets !== block.lenBlock.length) throw new DerProblem(`${what} is longer or shorter than it says`);
  return children;
}

/**
 * X.690 section 10.1: the length is in definite form, in the fewest octets. Section 8.1.2: the tag is one octet,
 * because all tags of a certificate are below 31.
 */
function assertDer({ idBlock, lenBlock }: asn1.BaseBlock): void {
  if (idBlock.blockLength !== 1)
    throw new DerProblem('a tag in the certificate is not written as DER has it');
  const { length, isIndefiniteForm, blockLength } = lenBlock;
  if (isIndefiniteForm || blockLength !== lengthOctets(length)) {
    throw new DerProblem('a length in the certificate is not written as DER has it');
  }
}

function lengthOctets(length: number): number {
  if (length < 0x80) return 1;
  return 1 + Math.ceil(Math.log2(length + 1) / 8);
}

/** Whether `block` has this universal type and the primitive form, as DER requires for strings (X.690 section 10.2). */
export function isUniversal<Block extends asn1.BaseBlock>(
  block: asn1.BaseBlock,
  type: new (...parameters: never[]) => Block,
): block is Block {
  return block instanceof type && block.idBlock.tagClass === UNIVERSAL_CLASS && !block.idBlock.isConstructed;
}

/**
 * An object identifier in dotted decimal. Null for anything else, and for one with padding octets (X.690 section
 * 8.19.2): parsers differ in whether that is the same identifier.
 */
export function identifierOf(block: asn1.BaseBlock | undefined): string | null {
  if (block === undefined || !isUniversal(block, asn1.ObjectIdentifier)) return null;
  const octets = octetsOf(block);
  const startsArc = (index: number) => ((octets[index - 1] ?? 0) & 0x80) === 0;
  return octets.some((octet, index) => octet === 0x80 && startsArc(index)) ? null : block.getValue();
}

/** The number of a context-specific tag, or null for any other tag. */
export function contextTag({ idBlock }: asn1.BaseBlock): number | null {
  return idBlock.tagClass === CONTEXT_CLASS ? idBlock.tagNumber : null;
}

/** The content of an element, without tag and length. */
export function octetsOf({ idBlock, lenBlock, valueBeforeDecodeView }: asn1.BaseBlock): Uint8Array {
  return valueBeforeDecodeView.subarray(idBlock.blockLength + lenBlock.blockLength);
}

/** The text of a string for display: bounded, with invisible characters replaced. Null if `block` is not a string. */
export function textOf(block: asn1.BaseBlock): string | null {
  if (!(block instanceof asn1.BaseStringBlock)) return null;
  const text: string = block.getValue();
  return Array.from(text.slice(0, 2 * MAX_TEXT_CHARACTERS))
    .slice(0, MAX_TEXT_CHARACTERS)
    .join('')
    .replace(UNSEEN, '\u{fffd}');
}
