import type { WarmableClient } from '../../shared/adapters/aws/warm-connection.ts';

/** Calls sent by a client, by operation; retries of a call are not counted. */
export interface CallCounter {
  readonly counts: ReadonlyMap<string, number>;
  total(): number;
  reset(): void;
}

/** Count the calls of these clients from now on, for tests that limit the number of calls. */
export function countCalls(...clients: readonly WarmableClient[]): CallCounter {
  const counts = new Map<string, number>();
  for (const client of clients) {
    onEveryCall(client, (operation) => counts.set(operation, (counts.get(operation) ?? 0) + 1));
  }
  return {
    counts,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    reset: () => counts.clear(),
  };
}

function onEveryCall(client: WarmableClient, note: (operation: string) => void): void {
  // The middleware stacks of the three clients have the same shape but no common type.
  const stack = client.middlewareStack as { add(middleware: unknown, options: unknown): void };
  stack.add(
    (next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) => (args: unknown) => {
      note((context.commandName ?? 'unknown').replace(/Command$/, ''));
      return next(args);
    },
    { step: 'initialize', name: 'countCalls' },
  );
}
