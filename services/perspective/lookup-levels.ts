import type { DnsQuestion } from '../../shared/domain/dcv/question.ts';
import type { ClimbLevel } from '../../shared/domain/dns/climb.ts';
import type { Lookup, RecordType } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

/**
 * Queries level by level until one decides; each lookup keeps only records of the queried type.
 *
 * @param deadline milliseconds on the monotonic clock of the resolver.
 */
export async function lookupLevels(
  asker: Resolver,
  question: DnsQuestion,
  deadline: number,
  signal?: AbortSignal,
): Promise<readonly ClimbLevel[]> {
  const levels: ClimbLevel[] = [];
  for (const name of question.names) {
    const answer = await asker.lookup(name, question.type, deadline, signal);
    const lookup = keepType(answer, question.type);
    levels.push({ name, lookup });
    if (lookup.status === 'failed' || lookup.records.length > 0) break;
  }
  return levels;
}

function keepType(lookup: Lookup, type: RecordType): Lookup {
  if (lookup.status === 'failed') return lookup;
  return { ...lookup, records: lookup.records.filter((record) => record.type === type) };
}
