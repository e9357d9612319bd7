import type {
  Lookup,
  LookupAnswer,
  LookupFailureReason,
  RecordData,
  RecordType,
} from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

/** The answer to one question: the records, the reason of a failure, or members of any lookup. */
export type ScriptedAnswer = readonly RecordData[] | LookupFailureReason | Partial<LookupAnswer>;

/** Answers by question, written `TXT name`. Any other question gets NXDOMAIN. */
export type Script = Readonly<Record<string, ScriptedAnswer>>;

export interface FakeResolver extends Resolver {
  /** Received questions, in order, written as in {@link Script}. */
  readonly asked: readonly string[];
  /** Deadlines of the questions, in the same order. */
  readonly deadlines: readonly number[];
}

const SERVER = 'fake 192.0.2.53:53';

/**
 * A resolver that answers from a script without zones, so that it can also return answers that no correct server gives.
 */
export function createFakeResolver(script: Script): FakeResolver {
  const asked: string[] = [];
  const deadlines: number[] = [];
  return {
    mode: 'fake',
    asked,
    deadlines,
    lookup(name, type, deadline, signal) {
      asked.push(`${type} ${name}`);
      deadlines.push(deadline);
      const planned = signal?.aborted ? 'aborted' : script[`${type} ${name}`];
      return Promise.resolve(lookupOf(name, type, planned));
    },
  };
}

function lookupOf(name: string, type: RecordType, planned: ScriptedAnswer | undefined): Lookup {
  const facts = { name, type, server: SERVER, tries: 1, elapsedMs: 1, extendedErrors: [] };
  if (typeof planned === 'string') {
    return {
      ...facts,
      status: 'failed',
      reason: planned,
      message: `${SERVER}: ${planned}`,
      rcode: null,
      retried: false,
      dnssec: planned === 'bogus' ? 'bogus' : 'indeterminate',
    };
  }
  const answer: LookupAnswer = {
    ...facts,
    status: 'answered',
    rcode: planned === undefined ? 3 : 0,
    records: [],
    cnameChain: [],
    ttl: 300,
    adFlag: false,
    dnssec: 'not validated',
  };
  return { ...answer, ...(isRecordList(planned) ? { records: planned } : planned) };
}

function isRecordList(planned: ScriptedAnswer | undefined): planned is readonly RecordData[] {
  return Array.isArray(planned);
}

/** A TXT record whose joined strings are the UTF-8 octets of `strings`. */
export const txt = (...strings: string[]): RecordData => ({ type: 'TXT', value: octets(strings.join('')) });

/** A CAA property whose value is the UTF-8 octets of `value`. */
export const caaProperty = (tag: string, value: string, flags = 0): RecordData => ({
  type: 'CAA',
  caa: { flags, tag, value: octets(value) },
});

export const cnameTo = (value: string): RecordData => ({ type: 'CNAME', value });
export const ptrTo = (value: string): RecordData => ({ type: 'PTR', value });
export const addressRecord = (type: 'A' | 'AAAA', value: string): RecordData => ({ type, value });

function octets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
