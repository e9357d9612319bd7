import type { FailureInquiry, LookupFailure } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

export interface InquiringResolver extends Resolver {
  /** Names of the failed lookups for which an inquiry was made, in order. */
  readonly inquired: readonly string[];
}

/** `resolver` that returns `inquiry` for every failed lookup. */
export function inquiringResolver(
  resolver: Resolver,
  inquiry: FailureInquiry | ((failure: LookupFailure) => FailureInquiry),
): InquiringResolver {
  const inquired: string[] = [];
  return {
    mode: resolver.mode,
    inquired,
    lookup: (...question) => resolver.lookup(...question),
    forCheck: () => ({
      mode: resolver.mode,
      lookup: (...question) => resolver.lookup(...question),
      end: () => {},
      inquire(failure) {
        inquired.push(failure.name);
        return Promise.resolve(typeof inquiry === 'function' ? inquiry(failure) : inquiry);
      },
    }),
  };
}
