import { type DnsMessage, isAuthenticated } from '../message/message-reader.ts';
import { EDE, RCODE, TYPE } from '../message/protocol.ts';

/** A signature over the keys of the root: its key and its validity. */
export interface RootSignature {
  readonly keyTag: number;
  readonly algorithm: number;
  /** ISO 8601. */
  readonly inception: string;
  readonly expiration: string;
}

/** Outcome of a query for the keys of the root. */
export type RootSigning =
  | { readonly status: 'signed'; readonly by: readonly RootSignature[] }
  /** The root did not validate: another key signs it, or this machine's clock is wrong. */
  | { readonly status: 'not-validated'; readonly why: string }
  /** No response, or a network failure. */
  | { readonly status: 'unknown' };

/** Read the response of a validating resolver to a query for the keys of the root. */
export function readRootSigning(message: DnsMessage): RootSigning {
  const { rcode, answers, extendedErrors } = message;
  if (rcode !== RCODE.NOERROR || !isAuthenticated(message)) {
    const why = extendedErrors.map(({ code, text }) => `${code} ${text}`.trim()).join('; ');
    // Without an extended error about validation, the network failed.
    return why === '' || isAboutServers(message) ? { status: 'unknown' } : { status: 'not-validated', why };
  }
  const by = answers.flatMap(({ owner, view }): readonly RootSignature[] => {
    if (owner.length > 0 || view?.kind !== 'rrsig' || view.covered !== TYPE.DNSKEY) return [];
    const { keyTag, algorithm } = view;
    return [{ keyTag, algorithm, inception: toDate(view.inception), expiration: toDate(view.expiration) }];
  });
  return { status: 'signed', by };
}

const ABOUT_SERVERS: readonly number[] = [EDE.NO_REACHABLE_AUTHORITY, EDE.NETWORK_ERROR];

function isAboutServers({ extendedErrors }: DnsMessage): boolean {
  return extendedErrors.every(({ code }) => ABOUT_SERVERS.includes(code));
}

/** Correct until 2106, when the 32-bit count wraps. */
function toDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
