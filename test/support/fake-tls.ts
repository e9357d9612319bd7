import type { TlsHandshake } from '../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import type { ConnectionFailureReason } from '../../shared/domain/net/connection-failure.ts';
import type { TlsProbe, TlsProber } from '../../shared/ports/tls-prober.ts';

export interface FakeTls extends TlsProber {
  /** Received probes, in order. */
  readonly asked: readonly TlsProbe[];
}

/** A prober that always returns the same handshake, or fails for the same reason. */
export function createFakeTls(answer: Partial<TlsHandshake> | ConnectionFailureReason): FakeTls {
  const asked: TlsProbe[] = [];
  return {
    asked,
    async probe(probe) {
      asked.push(probe);
      const address = probe.addresses[0] ?? '';
      if (typeof answer === 'string') {
        return { status: 'failed', reason: answer, address, message: `scripted ${answer}` };
      }
      return {
        status: 'answered',
        address,
        protocol: 'TLSv1.3',
        alpnProtocol: 'acme-tls/1',
        certificate: null,
        ...answer,
      };
    },
  };
}
