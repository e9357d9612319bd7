import { type Cursor, MalformedMessage } from './cursor.ts';

const MAX_BITMAP_OCTETS = 32;

/**
 * Read the record types of a bit map that ends at `end` (RFC 4034 section 4.1.2): windows of 256 types in increasing
 * order, each with 1 to 32 octets. An empty map is valid: NSEC3 uses it for empty non-terminals.
 */
export function readTypeBitmap(cursor: Cursor, end: number): ReadonlySet<number> {
  const types = new Set<number>();
  let lastWindow = -1;
  while (cursor.offset < end) {
    const window = cursor.uint8();
    const length = cursor.uint8();
    if (window <= lastWindow) throw new MalformedMessage('the windows of a type bit map are out of order');
    if (length < 1 || length > MAX_BITMAP_OCTETS || cursor.offset + length > end) {
      throw new MalformedMessage('a type bit map has a wrong length');
    }
    for (let octet = 0; octet < length; octet++) addTypes(types, window * 256 + octet * 8, cursor.uint8());
    lastWindow = window;
  }
  return types;
}

/** The leftmost bit is type `first`. */
function addTypes(types: Set<number>, first: number, bits: number): void {
  for (let bit = 0; bit < 8; bit++) if ((bits & (0x80 >> bit)) !== 0) types.add(first + bit);
}
