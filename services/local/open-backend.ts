import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import type { ServiceConfig } from '../../shared/config/load-config.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Backend } from './backend.ts';
import { createEmbeddedBackend, openLevel } from './embedded-backend.ts';

/** The backend that the configuration names, ready to use. */
export async function openBackend(config: ServiceConfig, log: Log): Promise<Backend> {
  const perspectives = config.perspectives.map(({ code }) => code);
  return createEmbeddedBackend({
    level: await openLevel(config.dataDir),
    perspectives,
    clock: systemClock,
    log,
  });
}
