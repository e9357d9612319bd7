/** What a validating resolver can verify: key algorithms and DS digests, by IANA number. */
export interface Verifiable {
  readonly algorithms: ReadonlySet<number>;
  readonly digests: ReadonlySet<number>;
}

/**
 * What is validated here (RFC 8624 sections 3.1 and 3.3). Includes RSA/SHA-1 (5, 7), although RFC 9905 section 2 treats
 * it as unsupported: otherwise expired, changed and missing data of such a zone would pass as insecure (decision 0015).
 */
export const KNOWN: Verifiable = Object.freeze({
  algorithms: new Set([5, 7, 8, 10, 13, 14, 15, 16]),
  digests: new Set([1, 2, 4]),
});

/** What a validating resolver has to verify by TLS BR 4.2.2.2.1 [dnssec-standards]. */
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

/** Describe what `needed` has and `available` lacks; null if nothing is missing. */
export function describeMissing(needed: Verifiable, available: Verifiable): string | null {
  const missing = [
    ...[...needed.algorithms]
      .filter((one) => !available.algorithms.has(one))
      .map((one) => `algorithm ${one}`),
    ...[...needed.digests].filter((one) => !available.digests.has(one)).map((one) => `digest ${one}`),
  ];
  return missing.length === 0 ? null : missing.join(', ');
}
