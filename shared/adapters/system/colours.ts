import type { WriteStream } from 'node:tty';
import pc from 'picocolors';

/**
 * Colours for what is written to `stream`: only for a terminal that shows them. The library's own default looks at
 * standard output alone, and takes any machine that sets `CI` for a terminal.
 */
export function coloursFor(
  stream: Pick<WriteStream, 'isTTY' | 'hasColors'>,
): ReturnType<typeof pc.createColors> {
  return pc.createColors(stream.isTTY === true && stream.hasColors());
}
