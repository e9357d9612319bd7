import { createEmbeddedBackend, openMemoryLevel } from '../../../services/hosts/local/embedded-backend.ts';
import { type Service, startService } from '../../../services/hosts/local/service.ts';
import { S3AuditTrail } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { SimDisk } from './disk.ts';
import type { SimProcess } from './process.ts';
import { askOneOf, keepRunning } from './processes-shape.ts';
import { sightOf } from './sight.ts';
import { type AskApi, SECRET, type World } from './world.ts';

/** One process with its own database and queues in memory; when it dies, another takes its place. */
export async function startEmbedded(world: World): Promise<AskApi> {
  const { config, ids, log, plan } = world;
  const disk = new SimDisk(await openMemoryLevel(), world);
  const services = new Map<SimProcess, Service>();
  const perspectives = config.perspectives.map(({ code }) => code);
  const primary = config.primary?.kind === 'perspective' ? config.primary.code : null;
  keepRunning(world, 'service', async (process) => {
    const { clock } = process;
    const backend = createEmbeddedBackend({ level: disk.connect(process), perspectives, clock, log });
    backend.bus.subscribe((event) => world.bus.take(event));
    const service = await startService({
      config,
      backend,
      audit: new S3AuditTrail(world.bucket.connect(process), 'audit'),
      clock,
      ids,
      log,
      recorder: { service: 'mpic', version: '0.0.0-simulation', instance: process.name },
      cohortSecret: SECRET,
      views: new Map(
        perspectives.map((code) => [
          code,
          sightOf(world, code, clock, code !== primary || plan.isPrimaryValidated),
        ]),
      ),
      runs: { api: true, decision: true },
    });
    services.set(process, service);
  });
  return askOneOf(world, services);
}
