import type { CheckResolver, Resolver } from '../../shared/ports/resolver.ts';

/**
 * The resolver for one check. If `resolver` does not offer `forCheck`, passes it a signal with every lookup instead.
 */
export function forOneCheck(resolver: Resolver, signal: AbortSignal | undefined): CheckResolver {
  const offered = resolver.forCheck?.();
  if (offered !== undefined) return offered;
  const controller = new AbortController();
  const ends = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  return {
    mode: resolver.mode,
    lookup: (name, type, deadline) => resolver.lookup(name, type, deadline, ends),
    end: () => controller.abort(),
  };
}
