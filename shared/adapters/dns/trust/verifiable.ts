/** What a validating resolver can verify: algorithms of keys and of DS digests, by their IANA numbers. */
export interface Verifiable {
  readonly algorithms: ReadonlySet<number>;
  readonly digests: ReadonlySet<number>;
}

/**
 * What is validated here (RFC 8624 sections 3.1 and 3.3). RSA/SHA-1 (5, 7) too, although RFC 9905 section 2 calls it
 * unsupported: then expired, changed and missing data of such a zone would pass as insecure (decision 0015).
 */
export const KNOWN: Verifiable = Object.freeze({
  algorithms: new Set([5, 7, 8, 10, 13, 14, 15, 16]),
  digests: new Set([1, 2, 4]),
});

/** What a resolver that cannot verify these is not one in the sense of TLS BR 4.2.2.2.1 [dnssec-standards]. */
export const REQUIRED: Verifiable = Object.freeze({
  algorithms: new Set([8, 10, 13]),
  digests: new Set([2]),
});

export interface DsKind {
  readonly algorithm: number;
  readonly digestType: number;
}

export function canVerify({ algorithms, digests }: Verifiable, { algorithm, digestType }: DsKind): boolean {
  return algorithms.has(algorithm) && digests.has(digestType);
}

/** What `needed` has and `available` lacks, in words; null when nothing is. */
export function describeMissing(needed: Verifiable, available: Verifiable): string | null {
  const missing = [
    ...[...needed.algorithms]
      .filter((one) => !available.algorithms.has(one))
      .map((one) => `algorithm ${one}`),
    ...[...needed.digests].filter((one) => !available.digests.has(one)).map((one) => `digest ${one}`),
  ];
  return missing.length === 0 ? null : missing.join(', ');
}
