import { createSecureContext, createServer, type TLSSocket, type TlsOptions } from 'node:tls';

export interface LabKeyPair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface LabTls {
  /** Shown for every name that `certificates` does not have, and to a client that names none. */
  readonly default: LabKeyPair;
  /** By server name, in lower case. */
  readonly certificates?: Readonly<Record<string, LabKeyPair>>;
  /** Protocols, the preferred first; a client that offers only others gets an alert. Left out: none is selected. */
  readonly alpn?: readonly string[];
  /** In place of `alpn`, by server name, in lower case. */
  readonly alpnByName?: Readonly<Record<string, readonly string[]>>;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

/**
 * Does TLS for the connections it is handed by a `connection` event. It does not listen itself: a connection that is to
 * misbehave below TLS never gets here.
 */
export function createTlsAcceptor(options: LabTls, serve: (socket: TLSSocket) => void) {
  const { certificates = {}, minVersion, maxVersion } = options;
  const contexts = new Map(
    Object.entries(certificates).map(([name, pair]) => [name, createSecureContext({ ...pair })]),
  );
  const acceptor = createServer({
    cert: options.default.cert,
    key: options.default.key,
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...protocolSelection(options),
    SNICallback: (name, done) => done(null, contexts.get(name.toLowerCase())),
  });
  acceptor.on('tlsClientError', () => {});
  acceptor.on('secureConnection', serve);
  return acceptor;
}

function protocolSelection({ alpn, alpnByName }: LabTls): TlsOptions {
  if (alpnByName === undefined) return alpn === undefined ? {} : { ALPNProtocols: [...alpn] };
  return {
    ALPNCallback: ({ servername, protocols }) => {
      const known = alpnByName[servername.toLowerCase()] ?? alpn ?? [];
      return known.find((protocol) => protocols.includes(protocol));
    },
  };
}
