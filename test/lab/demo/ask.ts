import type { MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import type { RequestBody, Scenario } from './scenario.ts';
import { PAGE_NAMES, RECORD_NAMES } from './world.ts';

/** Perspectives that did not corroborate, with what each had to say. */
export interface Dissent {
  readonly codes: readonly string[];
  readonly reason: string;
}

/** What came of one request. */
export interface Observation {
  /** In the words of {@link Scenario.expected}. */
  readonly verdict: string;
  readonly rirs: readonly string[];
  readonly dissents: readonly Dissent[];
  /** The DNSSEC statuses of what the perspectives saw, each once. */
  readonly dnssec: readonly string[];
  /** Reason of a refusal. */
  readonly refusal: string | null;
  readonly milliseconds: number;
  readonly mpicId: string | null;
}

export interface Exchange<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly milliseconds: number;
}

/** One HTTP request with its time. The body is that of our own service, so its type is taken at its word. */
export async function exchange<Body>(url: string, init: RequestInit = {}): Promise<Exchange<Body>> {
  const start = performance.now();
  const response = await fetch(url, init);
  const body = (await response.json()) as Body;
  return {
    status: response.status,
    headers: response.headers,
    body,
    milliseconds: performance.now() - start,
  };
}

export function post<Body>(
  url: string,
  body: RequestBody,
  headers: Readonly<Record<string, string>> = {},
): Promise<Exchange<Body>> {
  return exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

interface Refusal {
  readonly validation_issues?: readonly { readonly message?: string; readonly msg?: string }[];
  readonly message?: string;
}

/** Send the request of a scenario and read the answer. */
export async function ask(url: string, { body }: Scenario): Promise<Observation> {
  const answer = await post<MpicResponse | Refusal>(`${url}/mpic`, body);
  const { milliseconds } = answer;
  if ('is_valid' in answer.body) return observe(answer.body, milliseconds);
  const [issue] = answer.body.validation_issues ?? [];
  return {
    verdict: String(answer.status),
    rirs: [],
    dissents: [],
    dnssec: [],
    refusal: issue?.message ?? issue?.msg ?? answer.body.message ?? null,
    milliseconds,
    mpicId: null,
  };
}

function observe(response: MpicResponse, milliseconds: number): Observation {
  const { is_valid, baseline_requirements: baseline, mpic_id } = response;
  return {
    verdict: describeVerdict(is_valid, baseline.quorum),
    rirs: baseline.rirs,
    dissents: groupDissents(response),
    dnssec: dnssecOf(response),
    refusal: null,
    milliseconds,
    mpicId: mpic_id,
  };
}

export function describeVerdict(isValid: boolean, quorum: string): string {
  return `${isValid ? 'valid' : 'not valid'} ${quorum}`;
}

function dnssecOf({ perspectives }: MpicResponse): readonly string[] {
  const statuses = perspectives.flatMap(({ check_response: { details } }) =>
    'dnssec_status' in details ? (details.dnssec_status ?? []) : [],
  );
  return [...new Set(statuses)].sort();
}

type Item = MpicResponse['perspectives'][number];

/** Dissenters that give the same reason stand together. */
function groupDissents({ perspectives }: MpicResponse): readonly Dissent[] {
  const byReason = new Map<string, string[]>();
  for (const item of perspectives) {
    if (item.check_response.check_passed) continue;
    const reason = describeDissent(item);
    byReason.set(reason, [...(byReason.get(reason) ?? []), item.perspective_code]);
  }
  return [...byReason].map(([reason, codes]) => ({ reason, codes: codes.sort() }));
}

function describeDissent({ check_response: response }: Item): string {
  const { details, errors } = response;
  const seen = 'records_seen' in details ? details.records_seen : null;
  if (seen !== null && seen !== undefined && seen.length > 0)
    return `saw ${seen.map(nameRecord).join(' and ')}`;
  if ('response_page' in details && details.response_status_code === 200 && details.response_page !== null) {
    return `saw ${namePage(details.response_page)}`;
  }
  const [error] = errors ?? [];
  if (error?.error_type.endsWith('remote_check')) return 'no answer in time';
  return error === undefined ? 'saw nothing that counts' : shortMessage(error.error_message);
}

/** Digests look all alike: say whose it is. */
function nameRecord(record: string): string {
  return RECORD_NAMES.get(record) ?? record;
}

function namePage(page: string): string {
  const text = Buffer.from(page, 'base64').toString('latin1').trim();
  const [, name] = [...PAGE_NAMES].find(([value]) => text.includes(value)) ?? [];
  return name ?? `the page ${text}`;
}

/** The cause at the end of a lookup error, without what the request says anyway and without the server's port. */
function shortMessage(message: string): string {
  return message
    .replace(/^.*Error message: /, '')
    .replace(/127\.0\.0\.1:\d+: /, '')
    .replace(/[.;] [Tt]race ID:.*$/, '');
}
