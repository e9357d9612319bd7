import type { Session } from './session.ts';

const INTERVAL_MS = 10_000;

/** A function that counts things and says every ten seconds how many there were, in the words of `tell`. */
export function createProgress(
  { clock, note }: Pick<Session, 'clock' | 'note'>,
  tell: (count: number) => string,
): (more: number) => void {
  let count = 0;
  let nextAt = clock.monotonic() + INTERVAL_MS;
  return (more) => {
    count += more;
    if (clock.monotonic() < nextAt) return;
    nextAt = clock.monotonic() + INTERVAL_MS;
    note(tell(count));
  };
}
