import type { DnssecStatus } from '../../../domain/check/check.ts';
import type {
  LookupAnswer,
  LookupFailureReason,
  RecordData,
  RecordType,
} from '../../../domain/dns/lookup.ts';
import type { ExtendedError } from '../message/edns.ts';
import { isAuthenticated } from '../message/message-reader.ts';
import { type DomainName, parseQueryName, presentName, sameName } from '../message/names.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import type { RecordView } from '../message/rdata.ts';
import { overIteratedZones } from '../trust/nsec3-chain.ts';
import { type AliasPath, aliasChain, MAX_ALIAS_LINKS, startPath } from './alias-path.ts';
import {
  type Asked,
  type AskFailure,
  type AskSettings,
  askServers,
  type Effort,
  type Limits,
  NOT_FRESH,
} from './ask.ts';
import { type TrustSettings, verifyTrust } from './verify-trust.ts';

type Answer = Pick<LookupAnswer, 'status' | 'rcode' | 'records' | 'cnameChain' | 'ttl' | 'adFlag'> & {
  readonly extendedErrors: readonly ExtendedError[];
};
type Concluded =
  | (Answer & Pick<LookupAnswer, 'dnssec' | 'insecurity'>)
  | (AskFailure & { readonly dnssec: DnssecStatus });

/** Resolve one question, and determine its DNSSEC status. */
export async function resolveQuestion(
  name: string,
  type: RecordType,
  settings: TrustSettings,
  limits: Limits,
  effort: Effort,
): Promise<Concluded> {
  const collected = await collect(name, type, settings, limits, effort);
  if (collected.status === 'failed') return { ...collected, dnssec: dnssecOfFailure(collected, settings) };
  const { answer, ...marks } = collected;
  const trusted = await verifyTrust({ ...marks, adFlag: answer.adFlag }, settings, limits);
  if (trusted.status === 'trusted') {
    const { dnssec, insecurity } = trusted;
    return { ...answer, dnssec, insecurity };
  }
  const { reason, detail } = trusted;
  const extendedErrors = [...answer.extendedErrors, ...trusted.extendedErrors];
  return { status: 'failed', reason, detail, rcode: answer.rcode, extendedErrors, dnssec: reason };
}

/** RFC 4035 section 4.3: without an answer the status is indeterminate, unless the data is bogus. */
function dnssecOfFailure({ reason }: AskFailure, { validates }: TrustSettings): DnssecStatus {
  if (validates === null) return 'not validated';
  return reason === 'bogus' ? 'bogus' : 'indeterminate';
}

interface Collected {
  readonly status: 'collected';
  readonly answer: Answer;
  readonly path: AliasPath;
  readonly overIterated: readonly DomainName[];
}

/** Query, follow the aliases in the answer, and query the target of an alias if the answer ends there. */
async function collect(
  name: string,
  type: RecordType,
  settings: AskSettings,
  limits: Limits,
  effort: Effort,
): Promise<Collected | AskFailure> {
  const labels = parseQueryName(name);
  if (!labels) return notAsked('invalid-name', 'the name cannot be asked for');
  if (limits.signal?.aborted) return notAsked('aborted', 'the lookup was called off');

  let path: AliasPath = startPath(labels);
  let adFlag = true;
  let overIterated: readonly DomainName[] = [];
  const extendedErrors: ExtendedError[] = [];
  for (;;) {
    const asked = await askFreshly(path, TYPE[type], settings, limits, effort);
    extendedErrors.push(...(asked.status === 'failed' ? asked : asked.message).extendedErrors);
    if (asked.status === 'failed') return { ...asked, extendedErrors };

    const { message, walk } = asked;
    path = walk.path;
    adFlag &&= isAuthenticated(message);
    overIterated = distinctNames([...overIterated, ...overIteratedZones(message)]);
    if (walk.status === 'incomplete') continue;
    const records = walk.status === 'found' ? walk.views.flatMap((view) => toRecordData(type, view)) : [];
    const rcode = walk.status === 'denied' ? walk.rcode : RCODE.NOERROR;
    const { ttl } = path;
    if (walk.status === 'denied' && labels.length === 1 && ttl === null) {
      return { ...notAsked('malformed', DENIAL_WITHOUT_SOA), rcode, extendedErrors };
    }
    const cnameChain = aliasChain(path);
    const answer: Answer = {
      status: 'answered',
      rcode,
      records,
      cnameChain,
      ttl,
      adFlag,
      extendedErrors,
    };
    return { status: 'collected', answer, path, overIterated };
  }
}

/**
 * Query until no alias target in the answer may come from a cache entry older than the check. The resolver follows
 * aliases through its cache, and their targets are known only from the answer, so the query is then repeated.
 */
async function askFreshly(
  path: AliasPath,
  type: number,
  settings: AskSettings,
  limits: Limits,
  effort: Effort,
): Promise<Asked> {
  const freshness = limits.check?.freshness ?? null;
  for (let round = 0; round <= MAX_ALIAS_LINKS; round++) {
    const asked = await askServers(path, type, settings, limits, effort);
    if (freshness === null || asked.status === 'failed') return asked;
    const met = asked.walk.path.visited.slice(path.visited.length).map((name) => ({ name, type }));
    const unknown = met.filter((question) => !freshness.covers(question));
    if (unknown.length === 0) return asked;
    const prepared = await Promise.all(
      unknown.map((question) => freshness.prepare(question, limits.deadline)),
    );
    if (prepared.includes(false)) return notAsked('resolver-failed', NOT_FRESH);
  }
  return notAsked('alias-chain-too-long', 'the aliases of the name lead elsewhere each time');
}

function distinctNames(names: readonly DomainName[]): readonly DomainName[] {
  return names.filter((name, index) => names.findIndex((other) => sameName(other, name)) === index);
}

/**
 * Root and top-level domain servers include their SOA in every denial (RFC 2308 section 2). A denial of a top-level
 * domain without SOA comes from a sinkhole or a filter, and its "no records" must not count as permission.
 */
const DENIAL_WITHOUT_SOA = 'the denial of a top-level domain came without its SOA record';

function notAsked(reason: LookupFailureReason, detail: string): AskFailure {
  return { status: 'failed', reason, detail, rcode: null, extendedErrors: [] };
}

function toRecordData(type: RecordType, view: RecordView): readonly RecordData[] {
  switch (view.kind) {
    case 'caa':
      return [{ type: 'CAA', caa: view.caa }];
    case 'name':
      return [{ type: type === 'PTR' ? 'PTR' : 'CNAME', value: presentName(view.target) }];
    case 'text':
      return [{ type: 'TXT', value: view.text }];
    case 'address':
      return [{ type: type === 'AAAA' ? 'AAAA' : 'A', value: view.address }];
    default:
      return [];
  }
}
