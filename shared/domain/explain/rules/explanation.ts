import * as z from 'zod';

/** Every cause that an explanation can name, in the order of the rules. Names stay within a version of the API. */
export const CAUSES = [
  'ipv6-broken',
  'removed-too-early',
  'blocked-region',
  'minority-hijack',
  'geo-dns',
  'stale-dns',
  'perspective-no-answer',
  'perspective-network',
  'request-unusable',
  'dnssec-bogus',
  'lame-server',
  'name-does-not-exist',
  'record-at-wrong-name',
  'cname-delegation-missing',
  'cname-target-empty',
  'no-record',
  'wrong-record',
  'name-server-slow',
  'name-server-failure',
  'caa-forbids-issuer',
  'caa-forbids-account',
  'caa-critical-property',
  'caa-lookup-failed',
  'address-not-public',
  'redirect-refused',
  'port-closed',
  'connection-blocked',
  'client-turned-away',
  'http-status',
  'wrong-content',
  'server-broken',
  'server-slow',
  'tls-alpn-not-offered',
  'tls-alpn-wrong-certificate',
  'tls-handshake-failed',
  'rules-not-met',
  'lenient-pass',
  'unexplained',
] as const;
export type Cause = (typeof CAUSES)[number];

/**
 * How sure a cause is. `certain`: the evidence says so. `likely`: other causes with the same evidence are rare.
 * `possible`: another cause fits as well.
 */
export const SURENESS = ['certain', 'likely', 'possible'] as const;
export type Sureness = (typeof SURENESS)[number];

/** How many of the perspectives a cause affects; `minority`: at most half. */
export const EXTENTS = ['all', 'majority', 'minority'] as const;
export type Extent = (typeof EXTENTS)[number];

const text = z.string().max(2_000);
const code = z.string().max(63);

export const explainedCauseSchema = z.object({
  cause: z.enum(CAUSES),
  sure: z.enum(SURENESS),
  /** What most likely went wrong. */
  text,
  /** What the applicant can do; null if nothing. */
  applicant: text.nullable(),
  /** What the CA can do; null if nothing. */
  ca: text.nullable(),
  extent: z.enum(EXTENTS),
  /** Codes of the perspectives that it affects; empty for a fact about the verdict. */
  perspectives: z.array(code).readonly(),
  /** What says so. Texts from the network are quoted, cut and escaped. `perspective` is null for the verdict. */
  evidence: z.array(z.object({ perspective: code.nullable(), text })).readonly(),
});
export interface ExplainedCause extends Readonly<z.infer<typeof explainedCauseSchema>> {}

/** Why a check did not corroborate, in words. It changes nothing about the verdict. */
export const explanationSchema = z.object({
  /** What the explanation does not cover yet; null if it covers everything. */
  note: text.nullable(),
  /** The most likely one first; empty if every perspective corroborates. */
  causes: z.array(explainedCauseSchema).readonly(),
});
export interface Explanation extends Readonly<z.infer<typeof explanationSchema>> {}
