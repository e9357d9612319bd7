import { setTimeout as pause } from 'node:timers/promises';

/** Ask until there is something, at most `timeoutMs`; then throw what was waited for in vain. */
export async function poll<T>(
  what: string,
  timeoutMs: number,
  pollMs: number,
  ask: () => Promise<T | null>,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await ask();
    if (found !== null) return found;
    if (performance.now() > until) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await pause(pollMs);
  }
}
