import type { TlsHandshake } from '../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import type { ConnectionFailureReason } from '../../../shared/domain/net/connection-failure.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import { createFakeResolver, type Script } from '../../support/fake-resolver.ts';
import { createFakeTls } from '../../support/fake-tls.ts';
import { createFakeWeb, type Pages } from '../../support/fake-web.ts';
import { type AnswerFacts, createZoneResolver, type Zone } from '../../support/zone-resolver.ts';

/** What a perspective finds in the Internet. */
export interface Sight {
  /** The DNS as zones have it, with aliases and wildcards. */
  readonly zone?: Zone;
  readonly facts?: Readonly<Record<string, AnswerFacts>>;
  /** The DNS answer by answer, in place of `zone`. */
  readonly script?: Script;
  readonly pages?: Pages;
  readonly tls?: Partial<TlsHandshake> | ConnectionFailureReason;
  readonly allowedNetworks?: readonly string[];
}

export function createView({ zone, facts, script, pages, tls, allowedNetworks }: Sight): NetworkView {
  return {
    resolver: zone === undefined ? createFakeResolver(script ?? {}) : createZoneResolver(zone, facts),
    http: createFakeWeb(pages ?? {}),
    tls: createFakeTls(tls ?? 'unreachable'),
    allowedNetworks: allowedNetworks ?? [],
    allowTestNames: true,
  };
}
