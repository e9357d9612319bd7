import { setMaxListeners } from 'node:events';

/** Runs all at the same time. The first that fails stops the others, and none is under way any more when it throws. */
export async function together(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  // Every call under way listens to it.
  setMaxListeners(0, both);
  const failures: unknown[] = [];
  await Promise.all(
    tasks.map(async (task) => {
      try {
        await task(both);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}

/** `handle` for each thing of `source`, of which it takes one after the other, at most `limit` at the same time. */
export async function forEachTogether<T>(
  signal: AbortSignal,
  limit: number,
  source: AsyncGenerator<T>,
  handle: (thing: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const worker = async (stopped: AbortSignal) => {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      stopped.throwIfAborted();
      await handle(next.value, stopped);
    }
  };
  try {
    await together(
      signal,
      Array.from({ length: limit }, () => worker),
    );
  } finally {
    await source.return(undefined);
  }
}
