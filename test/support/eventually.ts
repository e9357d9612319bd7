const POLL_MS = 5;

/**
 * Resolves once `condition` is true; throws with `what` after `timeoutMs`. `pollMs`: longer for a condition that is
 * expensive to check.
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
  pollMs = POLL_MS,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
