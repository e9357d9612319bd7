import type { FailureInquiry, LookupFailure } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

export interface InquiringResolver extends Resolver {
  /** Names of the failures looked into, in order. */
  readonly inquired: readonly string[];
}

/** `resolver`, able to show `inquiry` about whatever fails. */
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
