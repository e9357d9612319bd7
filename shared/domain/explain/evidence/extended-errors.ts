import { parseIpAddress } from '../../net/ip-address.ts';

/** What an extended DNS error says about the servers of a name. */
export type ExtendedErrorKind = 'bogus' | 'unreachable' | 'stale';

/** RFC 8914 section 4, and RFC 9276 section 3.2 for code 27: the codes that explain a failure, and what each says. */
const MEANINGS: ReadonlyMap<number, readonly [kind: ExtendedErrorKind, meaning: string]> = new Map([
  [1, ['bogus', 'the keys use an algorithm that validators do not support']],
  [2, ['bogus', 'the DS record uses a digest that validators do not support']],
  [3, ['stale', 'the answer is older than its TTL']],
  [6, ['bogus', 'the data does not verify']],
  [7, ['bogus', 'a signature has expired']],
  [8, ['bogus', 'a signature is not yet valid']],
  [9, ['bogus', 'no key of the zone fits the DS record at its parent']],
  [10, ['bogus', 'signatures are missing']],
  [11, ['bogus', 'no key has the zone key bit']],
  [12, ['bogus', 'the proof that a record does not exist is missing']],
  [19, ['stale', 'the denial is older than its TTL']],
  [22, ['unreachable', 'no name server of the zone gave a usable response']],
  [23, ['unreachable', 'the network failed on the way to a name server']],
  [25, ['bogus', 'a signature expires before it becomes valid']],
  [27, ['bogus', 'NSEC3 uses more iterations than validators accept']],
]);

/** One extended DNS error that explains a failure. */
export interface ExtendedError {
  readonly code: number;
  readonly kind: ExtendedErrorKind;
  readonly meaning: string;
  /** The extra text as received: not authenticated (RFC 8914 section 6). */
  readonly text: string;
  /** The first IP address in the extra text, which resolvers use for the server at fault; null if there is none. */
  readonly server: string | null;
}

/** The first of `lines`, each `code text`, of one of `kinds`; null if there is none. */
export function findExtendedError(
  lines: readonly string[],
  ...kinds: readonly ExtendedErrorKind[]
): ExtendedError | null {
  const known = lines.map(readLine).filter((one) => one !== null && kinds.includes(one.kind));
  // A code that names the rule says more than 6, which only says that one was broken.
  return known.find((one) => one?.code !== 6) ?? known[0] ?? null;
}

function readLine(line: string): ExtendedError | null {
  const [, digits = '', text = ''] = /^(\d{1,5})(?: (.*))?$/s.exec(line) ?? [];
  const [kind, meaning] = MEANINGS.get(Number(digits)) ?? [];
  if (digits === '' || kind === undefined || meaning === undefined) return null;
  return { code: Number(digits), kind, meaning, text, server: findAddress(text) };
}

function findAddress(text: string): string | null {
  const words = text.split(/[\s<>()[\],;'"]+/).map((word) => word.replace(/^[^0-9a-f:]+|[.:]+$/gi, ''));
  return words.map(parseIpAddress).find((address) => address !== null)?.text ?? null;
}
