import { type DnsMessage, isAuthenticated } from '../message/message-reader.ts';
import { EDE, RCODE, TYPE } from '../message/protocol.ts';

/** A signature over the keys of the root: which key made it, and for what time. */
export interface RootSignature {
  readonly keyTag: number;
  readonly algorithm: number;
  /** ISO 8601. */
  readonly inception: string;
  readonly expiration: string;
}

/** What was learnt when the keys of the root were asked for. */
export type RootSigning =
  | { readonly status: 'signed'; readonly by: readonly RootSignature[] }
  /** The root did not validate: another key signs it, or the clock of this machine is wrong. */
  | { readonly status: 'not-validated'; readonly why: string }
  /** Nothing came back. */
  | { readonly status: 'unknown' };

/** Read the answer of a validating resolver to a question for the keys of the root. */
export function readRootSigning(message: DnsMessage): RootSigning {
  const { rcode, answers, extendedErrors } = message;
  if (rcode !== RCODE.NOERROR || !isAuthenticated(message)) {
    const why = extendedErrors.map(({ code, text }) => `${code} ${text}`.trim()).join('; ');
    // Without a word about validation it is the network that failed.
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

/** Good until 2106, when the count begins anew. */
function toDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
