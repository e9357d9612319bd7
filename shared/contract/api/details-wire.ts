import * as z from 'zod';
import { type Check, methodOf, VALIDATION_METHODS, type ValidationMethod } from '../../domain/check/check.ts';
import type {
  CheckDetails,
  DnsEvidence,
  HttpDcvDetails,
  HttpHop,
  TlsAlpnDetails,
} from '../../domain/check/check-result.ts';
import { usesOnlyDns } from '../../domain/dcv/methods.ts';
import { isObservationBy } from '../../domain/mpic/votes.ts';
import {
  caaCodec,
  contactsCodec,
  dnsCodec,
  evidenceCodec,
  hopCodec,
  httpCodec,
  tlsAlpnCodec,
} from '../evidence/details.ts';
import { pickMembers } from '../evidence/snake-case.ts';
import { toIsoTime } from './wire-time.ts';

const { shape: caa } = caaCodec.schema;
const { shape: dns } = dnsCodec.schema;
const { shape: http } = httpCodec.schema;
const { shape: hop } = hopCodec.schema;
const { shape: tlsAlpn } = tlsAlpnCodec.schema;
const { shape: contacts } = contactsCodec.schema;
const { shape: evidence } = evidenceCodec.schema;

const time = z.iso.datetime().nullable();

/** Members of our own, beside those of the Open MPIC API: what the answer of the DNS rests on. */
const dnsEvidence = z.object({
  ttl_seconds: evidence.ttl_seconds,
  dnssec_status: evidence.dnssec_status,
  /** Only with `insecure`: where the chain of trust ends, and what shows it. */
  dnssec_insecurity: evidence.dnssec_insecurity,
  resolver: evidence.resolver,
  query_tries: evidence.query_tries,
  /** Extended DNS errors (RFC 8914), `code text`. */
  ede: evidence.ede,
  /** By the clock of the perspective. */
  checked_at: time,
});

const chain = evidence.cname_chain.nullable();

const caaDetails = z.object({
  caa_record_present: caa.caa_record_present,
  found_at: caa.found_at,
  records_seen: caa.records_seen,
});

const caaObservation = z.object({
  ...caaDetails.shape,
  records_truncated: z.literal(true).optional(),
  reason: caa.reason,
  cname_chain: chain,
  response_code: evidence.response_code,
  ...dnsEvidence.shape,
  permissible_under_account_uri: caa.permissible_under_account_uri,
  permissible_under_validation_method: caa.permissible_under_validation_method,
  rfc8657_parameters_ignored: caa.rfc8657_parameters_ignored,
  /** Only when failures were to be forgiven and there were any: the three conditions of TLS BR 4.2.2.1 [caa]. */
  lookup_failures: caa.lookup_failures,
});

const validation_method = z.enum(VALIDATION_METHODS);

const dnsDetails = z.object({
  validation_method,
  records_seen: dns.records_seen,
  response_code: evidence.response_code,
  ad_flag: dns.ad_flag,
  found_at: dns.found_at,
  cname_chain: chain,
});

const dnsObservation = z.object({
  ...dnsDetails.shape,
  records_truncated: z.literal(true).optional(),
  /** Only of `dns-persistent` that found proof: the last second of its use; null when it does not end. */
  persist_until: time.optional(),
  /** Only where the record is missing: names near it, looked up for the explanation; they never count. */
  nearby_names: dns.nearby_names,
  ...dnsEvidence.shape,
});

/** A redirect that was answered with, followed or not; members of the reference and those of the specification. */
const redirect = z.object({
  status_code: z.int(),
  /** As the server wrote it: it may be relative. */
  url: z.string(),
  response_status_code: z.int(),
  /** The URL that answered with the redirect. */
  response_url: hop.url,
  resolved_ip: hop.resolved_ip,
  tls: hop.tls,
});

/**
 * `response_url` is the URL that gave the final answer, as the specification has it; the first one, which the reference
 * puts there, is `challenge_url`.
 */
const httpDetails = z.object({
  validation_method,
  response_history: z.array(redirect).nullable(),
  response_url: hop.url.nullable(),
  response_status_code: hop.status_code,
  response_page: http.response_page,
});

const httpObservation = z.object({
  ...httpDetails.shape,
  challenge_url: hop.url.nullable(),
  resolved_ip: hop.resolved_ip,
  tls: hop.tls,
  /** Only of a check that failed at an IPv6 address: the response at an IPv4 address of the host; it never counts. */
  over_ipv4: http.over_ipv4,
});

const tlsAlpnDetails = z.object({ validation_method, common_name: tlsAlpn.common_name });

const tlsAlpnObservation = z.object({
  ...tlsAlpnDetails.shape,
  resolved_ip: tlsAlpn.resolved_ip,
  tls_protocol: tlsAlpn.protocol,
  alpn_protocol: tlsAlpn.alpn_protocol,
  subject_alt_names: tlsAlpn.subject_alt_names,
  acme_identifier: tlsAlpn.acme_identifier,
  certificate_sha256: tlsAlpn.certificate_sha256,
  /** As with HTTP. */
  over_ipv4: tlsAlpn.over_ipv4,
});

const contactsDetails = z.object({
  validation_method,
  contacts: contacts.contacts,
  malformed: contacts.malformed.nullable(),
  response_code: evidence.response_code,
  ad_flag: contacts.ad_flag,
  found_at: contacts.found_at,
  cname_chain: chain,
});

const contactsObservation = z.object({
  ...contactsDetails.shape,
  values_truncated: z.literal(true).optional(),
  ...dnsEvidence.shape,
});

/** `details` of an answer. Of each family the fullest form first: a schema takes the first that fits. */
export const detailsSchema = z.union([
  caaObservation,
  caaDetails,
  httpObservation.extend(dnsEvidence.shape),
  httpObservation,
  httpDetails,
  dnsObservation,
  dnsDetails,
  tlsAlpnObservation.extend(dnsEvidence.shape),
  tlsAlpnObservation,
  tlsAlpnDetails,
  contactsObservation,
  contactsDetails,
]);
export type DetailsWire = z.infer<typeof detailsSchema>;

/** Details of the family that belongs to the check, whatever kind the perspective sent. */
export function toDetailsWire(check: Check, details: CheckDetails, completedAt: number): DetailsWire {
  if (details.kind === 'none' || !isObservationBy(check, details)) return emptyDetails(check);
  const evidence = details.dns === null ? null : toEvidence(details.dns, completedAt);
  switch (details.kind) {
    case 'caa':
      return pickMembers(caaObservation, {
        ...caaCodec.encode(details),
        ...toEvidence(details.dns, completedAt),
        records_truncated: details.recordsTruncated || undefined,
      });
    case 'dns':
      return pickMembers(dnsObservation, {
        ...dnsCodec.encode(details),
        ...toEvidence(details.dns, completedAt),
        records_truncated: details.recordsTruncated || undefined,
        persist_until: toEnd(details.persistUntil),
      });
    case 'http':
      return { ...toHttp(details), ...(evidence && pickMembers(dnsEvidence, evidence)) };
    case 'contacts':
      return pickMembers(contactsObservation, {
        ...contactsCodec.encode(details),
        ...toEvidence(details.dns, completedAt),
        values_truncated: details.valuesTruncated || undefined,
      });
    case 'tls':
      return { ...toTlsAlpn(details), ...(evidence && pickMembers(dnsEvidence, evidence)) };
  }
}

function isHttpMethod(method: ValidationMethod): boolean {
  return method === 'website-change' || method === 'acme-http-01';
}

function toHttp(details: HttpDcvDetails) {
  const hops = details.hops.map(hopCodec.encode);
  const last = hops.at(-1);
  const history = details.hops.flatMap(toRedirect);
  return pickMembers(httpObservation, {
    ...httpCodec.encode(details),
    response_history: history.length === 0 ? null : history,
    response_url: last?.url ?? null,
    response_status_code: last?.status_code ?? null,
    challenge_url: hops[0]?.url ?? null,
    resolved_ip: last?.resolved_ip ?? null,
    tls: last?.tls ?? null,
  });
}

function toRedirect(hop: HttpHop): z.infer<typeof redirect>[] {
  const { statusCode, location } = hop;
  if (statusCode === null || location === null) return [];
  const { url, resolved_ip, tls } = hopCodec.encode(hop);
  const code = statusCode;
  return [
    { status_code: code, url: location, response_status_code: code, response_url: url, resolved_ip, tls },
  ];
}

function toTlsAlpn(details: TlsAlpnDetails) {
  return pickMembers(tlsAlpnObservation, { ...tlsAlpnCodec.encode(details), tls_protocol: details.protocol });
}

function toEnd(unixSeconds: number | null | undefined): string | null | undefined {
  return typeof unixSeconds === 'number' ? toIsoTime(unixSeconds * 1000) : unixSeconds;
}

function toEvidence(dns: DnsEvidence, completedAt: number) {
  const encoded = evidenceCodec.encode(dns);
  // An empty chain is an observation only where there was an answer.
  const isUnanswered = dns.rcode === null && dns.cnameChain.length === 0;
  return {
    ...encoded,
    cname_chain: isUnanswered ? null : encoded.cname_chain,
    checked_at: toIsoTime(completedAt),
  };
}

/** Clients choose how to read `details` by the check type and the method, so nulls have to be of the right family. */
export function emptyDetails(check: Check): DetailsWire {
  if (check.checkType === 'caa') return withNulls(caaDetails, {});
  const members = { validation_method: methodOf(check) };
  if (check.checkType === 'contacts') return withNulls(contactsDetails, members);
  if (usesOnlyDns(check.dcv)) return withNulls(dnsDetails, members);
  return isHttpMethod(check.dcv.method)
    ? withNulls(httpDetails, members)
    : withNulls(tlsAlpnDetails, members);
}

function withNulls<Schema extends z.ZodObject>(
  schema: Schema,
  members: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  return Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, members[name] ?? null]),
  ) as z.output<Schema>;
}
