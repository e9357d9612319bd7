import type { WriteStream } from 'node:tty';
import pc from 'picocolors';

/**
 * Colours for text written to `stream`, only if it is a terminal that supports them. The library's default checks
 * standard output only, and treats every machine that sets `CI` as a terminal.
 */
export function coloursFor(
  stream: Pick<WriteStream, 'isTTY' | 'hasColors'>,
): ReturnType<typeof pc.createColors> {
  return pc.createColors(stream.isTTY === true && stream.hasColors());
}
