import type { PublicationLimits } from '../../shared/contract/settings/service-config.ts';
import { API_ERRORS, type Obstacle } from '../../shared/domain/errors.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { PublicationWatch, Unpublished } from '../../shared/ports/publication-watch.ts';

export interface ObstacleSources {
  /** What the store knows to be wrong with itself. */
  readonly ofStore: () => readonly Obstacle[];
  readonly publications: PublicationWatch;
  readonly limits: PublicationLimits;
  readonly log: Log;
}

/** What keeps this process from taking requests, looked up anew at each call; each change is logged once. */
export function watchObstacles({
  ofStore,
  publications,
  limits,
  log,
}: ObstacleSources): () => Promise<readonly Obstacle[]> {
  let known: readonly Obstacle[] = [];
  return async () => {
    const isBehind = await publications.isBehind(limits);
    const now: readonly Obstacle[] = [...ofStore(), ...(isBehind ? (['evidence-behind'] as const) : [])];
    for (const obstacle of now) {
      const { message } = API_ERRORS[obstacle];
      if (!known.includes(obstacle)) log.error('requests_refused', { obstacle, message });
    }
    for (const obstacle of known) if (!now.includes(obstacle)) log.info('requests_taken_again', { obstacle });
    known = now;
    return now;
  };
}

/** A watch over the backlog of a store that knows it. */
export function watchBacklog(read: () => Unpublished, now: () => number): PublicationWatch {
  return {
    accepted: () => {},
    isBehind: async ({ maxUnpublished, maxUnpublishedMs }) => {
      const { count, oldestAt } = read();
      return count >= maxUnpublished || (oldestAt !== null && now() - oldestAt > maxUnpublishedMs);
    },
  };
}
