import type { HttpDcvParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type { CheckError, HttpHop } from '../../shared/domain/check/check-result.ts';
import { DCV_ERROR } from '../../shared/domain/dcv/errors.ts';
import type { HttpObservation, HttpResponse } from '../../shared/domain/dcv/http/http-observation.ts';
import type { HttpPlan } from '../../shared/domain/dcv/http/plan.ts';
import { withoutCredentials } from '../../shared/domain/dcv/http/request-headers.ts';
import { findSecretInRequest } from '../../shared/domain/dcv/http/secret-in-request.ts';
import { citeMethod, METHOD_RULES } from '../../shared/domain/dcv/methods.ts';
import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import { judgeRedirect, MAX_REDIRECTS } from '../../shared/domain/net/redirect.ts';
import { hostText, type WebUrl } from '../../shared/domain/net/web-url.ts';
import type { HttpGet } from '../../shared/ports/http-fetcher.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { connectionError } from './connection-error.ts';
import { resolveHost } from './resolve-host.ts';

export interface Journey {
  readonly target: Target;
  readonly plan: Extract<HttpPlan, { readonly status: 'planned' }>;
  readonly parameters: HttpDcvParameters;
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check, milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly monotonic: () => number;
}

interface Trace {
  readonly hops: readonly HttpHop[];
  /** Lookups of all host names in the chain. */
  readonly lookups: readonly Lookup[];
  /** The last request; null if its host has no address. */
  readonly request: HttpGet | null;
}

export type Walk = Trace &
  (
    | {
        readonly status: 'answered';
        readonly response: HttpResponse;
        /**
         * True if a redirect was followed that the Baseline Requirements do not allow; happens only under `open-mpic`.
         */
        readonly departs: boolean;
      }
    | {
        readonly status: 'failed';
        /** True for a redirect that may not be followed: the server did respond. */
        readonly completed: boolean;
        readonly error: CheckError;
        /** What had been received when it failed. */
        readonly partial: HttpResponse | null;
      }
  );

/** Time-out for one request and its response, name resolution included, milliseconds. */
export const HOP_TIMEOUT_MS = 5000;

const MAX_LOCATION_EVIDENCE = 2000;

/**
 * Requests the URL of the plan and follows redirects until a response that is not a redirect. Each hop is judged before
 * it is requested, and its host is resolved and connected to anew (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19
 * [dcv-acme-http]).
 */
export async function followRedirects(journey: Journey): Promise<Walk> {
  const { plan, policy, view } = journey;
  const hops: HttpHop[] = [];
  const lookups: Lookup[] = [];
  const visited: string[] = [];
  let departs = false;
  for (let url = plan.url; ; ) {
    visited.push(url.text);
    const visit = await visitUrl(journey, url);
    hops.push(visit.hop);
    lookups.push(...visit.lookups);
    const { request } = visit;
    if (visit.status === 'failed') {
      return {
        status: 'failed',
        completed: false,
        error: visit.error,
        partial: visit.partial,
        hops,
        lookups,
        request,
      };
    }
    const { response } = visit;
    const { statusCode, locations } = response;
    const maxRedirects = MAX_REDIRECTS[policy];
    const verdict = judgeRedirect({ statusCode, locations, from: url, visited, rules: view, maxRedirects });
    if (verdict.kind === 'final') return { status: 'answered', response, departs, hops, lookups, request };
    const problem = verdict.kind === 'invalid' ? verdict.message : findDeparture(journey, verdict.url);
    const isForgiven = verdict.kind === 'follow' && policy === 'open-mpic';
    if (verdict.kind === 'invalid' || (problem !== null && !isForgiven)) {
      const error = { type: DCV_ERROR.redirect, message: problem ?? '' };
      return { status: 'failed', completed: true, error, partial: response, hops, lookups, request };
    }
    departs ||= problem !== null;
    url = verdict.url;
  }
}

/** Why the Baseline Requirements forbid to follow a redirect; null if they do not. */
function findDeparture({ target, parameters }: Journey, url: WebUrl): string | null {
  return redirectProblem(parameters.method, target) ?? secretProblem(parameters, url);
}

function redirectProblem(method: HttpDcvParameters['method'], target: Target): string | null {
  const { redirects } = METHOD_RULES[method];
  const mayFollow = target.kind === 'domain' ? redirects.domain : redirects.ip;
  return mayFollow
    ? null
    : `${method} looks at the address itself and follows no redirect (${citeMethod(method, target)}); serve the page there`;
}

/** The request must not contain the value that the response has to prove it knows. */
function secretProblem(parameters: HttpDcvParameters, { host, path }: WebUrl): string | null {
  if (parameters.method !== 'website-change') return null;
  const { challengeValue } = parameters;
  return findSecretInRequest({ challengeValue, path, headers: { host: hostText(host) } }) === null
    ? null
    : 'the redirect leads to a URL that contains the challenge value, so that any page that repeats its URL would pass';
}

type Visit = Omit<Trace, 'hops'> & { readonly hop: HttpHop } & (
    | { readonly status: 'answered'; readonly response: HttpResponse }
    | { readonly status: 'failed'; readonly error: CheckError; readonly partial: HttpResponse | null }
  );

/** One request: resolve the host, connect to an address of it, read the response. */
async function visitUrl({ plan, view, deadline, monotonic }: Journey, url: WebUrl): Promise<Visit> {
  const hopDeadline = Math.min(deadline, monotonic() + HOP_TIMEOUT_MS);
  const resolved = await resolveHost(url.host, { resolver: view.resolver, deadline: hopDeadline });
  const { lookups } = resolved;
  if (resolved.status === 'failed') {
    const hop = hopOf(url, null);
    return { status: 'failed', error: resolved.error, partial: null, hop, lookups, request: null };
  }
  const request: HttpGet = {
    scheme: url.scheme,
    host: url.host.kind === 'name' ? url.host.name : url.host.address,
    port: url.port,
    path: url.path,
    addresses: resolved.addresses,
    headers: hostText(url.host) === hostText(plan.url.host) ? plan.headers : withoutCredentials(plan.headers),
    maxBodyBytes: plan.maxBodyBytes,
    deadline: hopDeadline,
  };
  const observed = await view.http.get(request);
  const hop = hopOf(url, observed);
  if (observed.status === 'answered')
    return { status: 'answered', response: observed, hop, lookups, request };
  const error = connectionError(observed, url.text);
  return { status: 'failed', error, partial: observed.partial, hop, lookups, request };
}

function hopOf(url: WebUrl, observed: HttpObservation | null): HttpHop {
  const response = observed?.status === 'failed' ? observed.partial : observed;
  const isRedirect = response !== null && response.statusCode >= 300 && response.statusCode < 400;
  return {
    url: url.text,
    address: observed?.address ?? null,
    statusCode: response?.statusCode ?? null,
    location: isRedirect ? (response.locations[0]?.slice(0, MAX_LOCATION_EVIDENCE) ?? null) : null,
    tls: response?.tls ?? null,
  };
}
