import type { Policy, Target, TlsAlpnParameters } from '../../shared/domain/check/check.ts';
import type { CheckError, CheckOutcome, TlsAlpnDetails } from '../../shared/domain/check/check-result.ts';
import { ACME_TLS_PROTOCOL, planTlsAlpnCheck } from '../../shared/domain/dcv/tls-alpn/plan.ts';
import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import type { WebHost } from '../../shared/domain/net/web-url.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { connectionError } from './connection-error.ts';
import { lookOverIpv4 } from './look-over-ipv4.ts';
import { resolveHost, resolvingEvidence } from './resolve-host.ts';

export interface TlsAlpnCheck {
  readonly target: Target;
  readonly parameters: TlsAlpnParameters;
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check, milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
}

type Evidence = Omit<TlsAlpnDetails, 'kind' | 'method' | 'overIpv4' | 'dns'>;

const NOTHING_SEEN: Evidence = {
  address: null,
  protocol: null,
  alpnProtocol: null,
  commonName: null,
  subjectAltNames: null,
  acmeIdentifier: null,
  certificateSha256: null,
};

/**
 * Checks domain or address control by the certificate of a TLS server (TLS BR 3.2.2.4.20 [dcv-tls-alpn] and 3.2.2.5.7
 * [ip-tls-alpn], RFC 8737, RFC 8738).
 *
 * A certificate that does not prove control is a completed check that failed; without a handshake the check is not
 * completed.
 */
export async function checkTlsAlpn(check: TlsAlpnCheck): Promise<CheckOutcome> {
  const { target, parameters, policy, view, deadline } = check;
  const plan = planTlsAlpnCheck(target, parameters);
  if (plan.status === 'refused') return refuse([plan.error], check, []);
  const isStrict = policy === 'baseline-requirements';
  if (isStrict && plan.deviations.length > 0) return refuse(plan.deviations, check, []);

  const resolved = await resolveHost(hostOf(target), { resolver: view.resolver, deadline });
  const { lookups } = resolved;
  if (resolved.status === 'failed') return refuse([resolved.error], check, lookups);
  const { addresses } = resolved;
  const outcome = await probe(check, plan, addresses, deadline, lookups);
  if (outcome.passed || outcome.details.kind !== 'tls') return outcome;
  const seen = await lookOverIpv4({
    ...check,
    address: outcome.details.address,
    addresses,
    async repeat(ipv4, until) {
      const { passed, details } = await probe(check, plan, ipv4, until, lookups);
      return { address: details.kind === 'tls' ? details.address : null, statusCode: null, proves: passed };
    },
  });
  return { ...outcome, details: { ...outcome.details, ...seen } };
}

type PlannedTls = Extract<ReturnType<typeof planTlsAlpnCheck>, { readonly status: 'planned' }>;

/** One handshake, with the first of `addresses` that accepts a connection. */
async function probe(
  check: TlsAlpnCheck,
  { serverName, digest, deviations }: PlannedTls,
  addresses: readonly string[],
  deadline: number,
  lookups: readonly Lookup[],
): Promise<CheckOutcome> {
  const { target, view } = check;
  const observed = await view.tls.probe({ addresses, serverName, alpnProtocol: ACME_TLS_PROTOCOL, deadline });
  if (observed.status === 'failed') {
    const host = hostOf(target);
    const place = host.kind === 'name' ? `${host.name}:443` : `port 443 of ${host.address}`;
    const seen = { ...NOTHING_SEEN, address: observed.address };
    return refuse([connectionError(observed, place)], check, lookups, seen);
  }
  // The certificate parser is loaded only by checks that need it: loading it would slow every cold start.
  const { judgeHandshake } = await import('../../shared/domain/dcv/tls-alpn/judge.ts');
  const { match, errors, evidence } = judgeHandshake(target, digest, observed);
  const { address, protocol } = observed;
  return {
    completed: true,
    passed: match === 'exact',
    corroborates: match === 'exact' && deviations.length === 0,
    errors,
    details: detailsOf(check, { address, protocol, ...evidence }, lookups),
  };
}

function refuse(
  errors: readonly CheckError[],
  check: TlsAlpnCheck,
  lookups: readonly Lookup[],
  seen: Evidence = NOTHING_SEEN,
): CheckOutcome {
  const details = detailsOf(check, seen, lookups);
  return { completed: false, passed: false, corroborates: false, errors, details };
}

function detailsOf({ parameters }: TlsAlpnCheck, seen: Evidence, lookups: readonly Lookup[]): TlsAlpnDetails {
  return { kind: 'tls', method: parameters.method, ...seen, dns: resolvingEvidence(lookups) };
}

/** A reverse name never gets here: `planTlsAlpnCheck` rejects it. */
function hostOf(target: Target): WebHost {
  return target.kind === 'ip'
    ? { kind: 'ip', address: target.address, family: target.family }
    : { kind: 'name', name: target.name };
}
