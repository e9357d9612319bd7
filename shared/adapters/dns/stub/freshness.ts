import type { DomainName } from '../message/names.ts';
import type { Question } from './exchange.ts';

/**
 * Steps before and after the queries of one check at a resolver with a cache, so that the check receives no answer to a
 * query sent before it began (TLS BR 3.2.2.9 [mpic]).
 */
export interface Freshness {
  /** Call before `question` is sent. False if its answer could be an older one. */
  prepare(question: Question, deadline: number): Promise<boolean>;
  /**
   * Whether an answer to `question` is known to be newer than the check. The resolver follows aliases itself: if one
   * leads to a question that is not covered, prepare that question and repeat the query.
   */
  covers(question: Question): boolean;
  /** Call before a failed query is repeated: failures are cached too. */
  forget(name: DomainName, deadline: number): Promise<void>;
  /** Note that `question` is sent. Call the returned function when its response has arrived. */
  put(question: Question): () => void;
}
