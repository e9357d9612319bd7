import { getServers } from 'node:dns';
import { performance } from 'node:perf_hooks';
import type {
  CheckResolver,
  LookupAnswer,
  LookupFailureReason,
  RecordData,
  RecordType,
  Resolver,
} from '../../ports/resolver.ts';
import { type AliasPath, aliasChain, startPath } from './alias-path.ts';
import { type AskFailure, type AskSettings, askServers, type Effort, type Limits } from './ask.ts';
import { CheckScope } from './check-scope.ts';
import type { ExtendedError } from './edns.ts';
import { isAuthenticated } from './message-reader.ts';
import { parseQueryName, presentName } from './names.ts';
import { RCODE, TYPE } from './protocol.ts';
import type { RecordView } from './rdata.ts';
import {
  canonicalAddress,
  formatServerAddress,
  isLoopbackServer,
  parseServerAddress,
  type ServerAddress,
} from './server-address.ts';

export interface StubResolverOptions {
  /** What results call this resolver: `system`, or `address:port`. */
  readonly mode: string;
  /** Asked in this order, one per try, from the first again when they run out. */
  readonly servers: readonly ServerAddress[];
  /** How long one try may take, in milliseconds. Default 2500. */
  readonly queryTimeoutMs?: number;
  /** Tries for one question, at least 2. Default 3. */
  readonly maxTries?: number;
  /**
   * Whether an AD bit makes an answer `secure`. Default: only if every server is on loopback, because anybody on the way
   * could set the bit (RFC 4035 section 4.9.3).
   */
  readonly trustAdBit?: boolean;
}

const DEFAULT_QUERY_TIMEOUT_MS = 2500;
const DEFAULT_MAX_TRIES = 3;

/**
 * A {@link Resolver} that asks given recursive servers and judges their answers strictly. It keeps nothing between
 * lookups: no cache, no server statistics, and no sockets but the one that the lookups of one check may share.
 *
 * @throws Error when the options cannot work.
 */
export function createStubResolver(options: StubResolverOptions): Resolver {
  const settings = checkSettings(options);
  const trustAdBit = options.trustAdBit ?? options.servers.every(isLoopbackServer);
  const { mode } = options;
  const [firstServer] = settings.servers;

  const inScope = (check: CheckScope | null): CheckResolver => ({
    mode,
    forCheck: () => inScope(new CheckScope(firstServer)),
    end: () => check?.end(),
    async lookup(name, type, deadline, signal) {
      const startedAt = performance.now();
      const effort: Effort = { tries: 0, lastServer: firstServer };
      const concluded = await conclude(name, type, settings, { deadline, signal, check }, effort);
      const server = describeServer(mode, effort.lastServer);
      const { tries } = effort;
      const { extendedErrors } = concluded;
      const elapsedMs = performance.now() - startedAt;
      // Spelt out twice: spreading a common part took longer than encoding the query and reading the answer.
      if (concluded.status === 'failed') {
        const { status, reason, rcode } = concluded;
        const message = `${server}: ${concluded.detail}`;
        return { status, name, type, server, tries, elapsedMs, extendedErrors, reason, rcode, message };
      }
      const { status, rcode, records, cnameChain, ttl, adFlag } = concluded;
      const dnssec = adFlag && trustAdBit ? 'secure' : 'unvalidated';
      return {
        status,
        name,
        type,
        server,
        tries,
        elapsedMs,
        extendedErrors,
        rcode,
        records,
        cnameChain,
        ttl,
        adFlag,
        dnssec,
      };
    },
  });
  return inScope(null);
}

/**
 * A resolver that asks the name servers this machine is configured with.
 *
 * @param readServers the configured servers, as `address` or `address:port`; the machine's own by default.
 * @throws Error when there are none.
 */
export function createSystemResolver(
  options: Omit<StubResolverOptions, 'mode' | 'servers'> = {},
  readServers: () => readonly string[] = getServers,
): Resolver {
  const servers = readServers().map(parseServerAddress);
  if (servers.length === 0)
    throw new Error('this machine has no DNS server configured: name one as address:port');
  return createStubResolver({ ...options, mode: 'system', servers });
}

type CheckedSettings = AskSettings & { readonly servers: readonly [ServerAddress, ...ServerAddress[]] };

function checkSettings(options: StubResolverOptions): CheckedSettings {
  const { queryTimeoutMs = DEFAULT_QUERY_TIMEOUT_MS, maxTries = DEFAULT_MAX_TRIES } = options;
  const [first, ...others] = options.servers.map(({ address, port }) => ({
    address: canonicalAddress(address),
    port,
  }));
  if (!first) throw new Error(`resolver "${options.mode}": there is no server to ask`);
  if (!(queryTimeoutMs > 0))
    throw new Error(`resolver "${options.mode}": the query timeout must be positive`);
  if (!(maxTries >= 2)) throw new Error(`resolver "${options.mode}": there must be at least 2 tries`);
  return { servers: [first, ...others], queryTimeoutMs, maxTries };
}

/** `system 192.0.2.53:53`; a resolver that is called by its address is not named twice. */
function describeServer(mode: string, server: ServerAddress): string {
  const address = formatServerAddress(server);
  return mode === address ? address : `${mode} ${address}`;
}

type Concluded =
  | (Pick<LookupAnswer, 'status' | 'rcode' | 'records' | 'cnameChain' | 'ttl' | 'adFlag'> & {
      readonly extendedErrors: readonly ExtendedError[];
    })
  | AskFailure;

/** Ask, follow the aliases in the answer, and ask again for the target of an alias where an answer stops short. */
async function conclude(
  name: string,
  type: RecordType,
  settings: AskSettings,
  limits: Limits,
  effort: Effort,
): Promise<Concluded> {
  const labels = parseQueryName(name);
  if (!labels) return notAsked('invalid-name', 'the name cannot be asked for');
  if (limits.signal?.aborted) return notAsked('aborted', 'the lookup was called off');

  let path: AliasPath = startPath(labels);
  let adFlag = true;
  const extendedErrors: ExtendedError[] = [];
  for (;;) {
    const asked = await askServers(path, TYPE[type], settings, limits, effort);
    extendedErrors.push(...(asked.status === 'failed' ? asked : asked.message).extendedErrors);
    if (asked.status === 'failed') return { ...asked, extendedErrors };

    const { message, walk } = asked;
    path = walk.path;
    adFlag &&= isAuthenticated(message);
    if (walk.status === 'incomplete') continue;
    const records = walk.status === 'found' ? walk.views.flatMap((view) => toRecordData(type, view)) : [];
    const rcode = walk.status === 'denied' ? walk.rcode : RCODE.NOERROR;
    const { ttl } = path;
    if (walk.status === 'denied' && labels.length === 1 && ttl === null) {
      return { ...notAsked('malformed', DENIAL_WITHOUT_SOA), rcode, extendedErrors };
    }
    return { status: 'answered', rcode, records, cnameChain: aliasChain(path), ttl, adFlag, extendedErrors };
  }
}

/**
 * Root and top-level domain servers put their SOA into every denial (RFC 2308 section 2). What denies a whole top-level
 * domain without one answers for everybody, a sinkhole or a filter, and its "no records" must not permit anything.
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
    case 'soa':
      return [];
  }
}
