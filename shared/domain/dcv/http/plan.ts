import type { HttpDcvParameters, Target } from '../../check/check.ts';
import type { CheckError } from '../../check/check-result.ts';
import { utf8Octets } from '../../dns/octets.ts';
import { hostText, type WebHost, type WebUrl, webUrl } from '../../net/web-url.ts';
import { cite } from '../../rules/citation.ts';
import { findChallengeWeakness } from '../challenge-strength.ts';
import { DCV_ERROR } from '../errors.ts';
import { citeMethod, identifierAllowed, identifierKindAllowed } from '../methods.ts';
import { MAX_BODY_BYTES } from './page.ts';
import { findHeaderDeviations, findHeaderProblems, requestHeaders } from './request-headers.ts';
import { findSecretInRequest } from './secret-in-request.ts';
import { findTokenPathProblem } from './token-path.ts';

/**
 * - `planned`: the request to send. `deviations` lists where it departs from the Baseline Requirements; empty for a
 *   check that can corroborate.
 * - `refused`: the parameters define no valid request.
 */
export type HttpPlan =
  | {
      readonly status: 'planned';
      readonly url: WebUrl;
      /** All header fields except `Host`, names in lower case; for every hop. */
      readonly headers: Readonly<Record<string, string>>;
      readonly maxBodyBytes: number;
      readonly deviations: readonly CheckError[];
    }
  | { readonly status: 'refused'; readonly error: CheckError };

type WebsiteChange = Extract<HttpDcvParameters, { method: 'website-change' }>;
type AcmeHttp = Extract<HttpDcvParameters, { method: 'acme-http-01' }>;

const MAX_TOKEN_CHARACTERS = 512;

/**
 * Plan the first request of an HTTP check (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http]; 3.2.2.5.1
 * and 3.2.2.5.6 for addresses). The pattern of `website-change` is not compiled here; the code that searches with it
 * compiles it.
 */
export function planHttpCheck(target: Target, parameters: HttpDcvParameters): HttpPlan {
  const { method, httpHeaders } = parameters;
  const host = identifierKindAllowed(method, target) ? hostOf(target) : null;
  if (host === null) return refused(`${method} cannot validate a name in a reverse zone`);
  const [problem] = [...findParameterProblems(parameters), ...findHeaderProblems(httpHeaders)];
  if (problem !== undefined) return refused(`${method}: ${problem}`);

  const url = urlOf(host, parameters);
  const headers = requestHeaders(httpHeaders);
  const deviations = [...findDeviations(target, parameters), ...findSecret(parameters, url, headers)].map(
    parameterError,
  );
  return { status: 'planned', url, headers, maxBodyBytes: MAX_BODY_BYTES, deviations };
}

/** RFC 8738 section 4: for an IP target the request goes to that address. */
function hostOf(target: Target): WebHost | null {
  if (target.kind === 'reverse-name') return null;
  return target.kind === 'ip' ? target : { kind: 'name', name: target.name };
}

function urlOf(host: WebHost, parameters: HttpDcvParameters): WebUrl {
  if (parameters.method === 'acme-http-01') {
    const path = `/.well-known/acme-challenge/${parameters.token}`;
    return webUrl({ scheme: 'http', host, port: 80, path });
  }
  const path = `/.well-known/pki-validation/${parameters.httpTokenPath}`;
  const { urlScheme: scheme } = parameters;
  return webUrl({ scheme, host, port: scheme === 'http' ? 80 : 443, path });
}

function findParameterProblems(parameters: HttpDcvParameters): readonly string[] {
  return parameters.method === 'acme-http-01'
    ? findAcmeProblems(parameters)
    : findWebsiteProblems(parameters);
}

/** RFC 8555 section 8.3: the token becomes a path segment, so only base64url characters are allowed. */
function findAcmeProblems({ token, keyAuthorization }: AcmeHttp): readonly string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9_-]+$/.test(token)) {
    problems.push('the token is not base64url: send letters, digits, "-" and "_" without padding');
  }
  if (token.length > MAX_TOKEN_CHARACTERS) {
    problems.push(`the token is longer than ${MAX_TOKEN_CHARACTERS} characters; shorten it`);
  }
  if (keyAuthorization === '' || utf8Octets(keyAuthorization) === null) {
    problems.push('the key authorization is empty or no valid text');
  }
  return problems;
}

function findWebsiteProblems(parameters: WebsiteChange): readonly string[] {
  const { challengeValue, httpTokenPath, matchRegex } = parameters;
  const problems: string[] = [];
  if (challengeValue === '' && (matchRegex === null || matchRegex === '')) {
    problems.push(
      'challenge value and pattern are both empty, so that any page would pass; send a challenge value',
    );
  }
  // Invalid octets are read as U+FFFD, so a body of garbage would contain such a value.
  if (utf8Octets(challengeValue) === null || challengeValue.includes('\u{fffd}')) {
    problems.push('the challenge value is no valid text');
  }
  // The Open MPIC reference accepts a leading slash, also alone: its URL then has two.
  const below = httpTokenPath.replace(/^\//, '');
  const pathProblem = httpTokenPath === '/' ? null : findTokenPathProblem(below);
  if (pathProblem !== null) problems.push(`the path of the file cannot be used: ${pathProblem}`);
  return problems;
}

function findDeviations(target: Target, parameters: HttpDcvParameters): readonly string[] {
  const { method } = parameters;
  const deviations: string[] = [];
  if (!identifierAllowed(method, target)) deviations.push(`${method} cannot validate wildcard names`);
  const weakness = findChallengeWeakness(parameters);
  if (weakness !== null) deviations.push(`${method}: ${weakness}`);
  if (method === 'website-change' && parameters.httpTokenPath.startsWith('/')) {
    deviations.push(
      'website-change: the path of the file begins with a slash, so that it is asked for with two, and servers differ in what that names; send only what stands below the directory',
    );
  }
  deviations.push(...findHeaderDeviations(parameters.httpHeaders).map((problem) => `${method}: ${problem}`));
  if (method === 'website-change' && parameters.challengeValue === '') {
    deviations.push(
      `website-change: without a challenge value nobody can tell whether the page holds a Random Value or Request Token, nor whether the request does; send it beside the pattern (${citeMethod(method, target)})`,
    );
  }
  return deviations;
}

/** `acme-http-01` is exempt: its token is in the URL by design; the thumbprint is not in the request. */
function findSecret(
  parameters: HttpDcvParameters,
  url: WebUrl,
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  if (parameters.method !== 'website-change') return [];
  const { challengeValue } = parameters;
  const withHost = { ...headers, host: hostText(url.host) };
  const place = findSecretInRequest({ challengeValue, path: url.path, headers: withHost });
  return place === null
    ? []
    : [
        `website-change: the challenge value is part of the request, in a ${place}, so that a server that repeats what it is asked would pass; keep it out (${cite('dcv-website')})`,
      ];
}

function parameterError(message: string): CheckError {
  return { type: DCV_ERROR.parameter, message };
}

function refused(message: string): HttpPlan {
  return { status: 'refused', error: parameterError(message) };
}
