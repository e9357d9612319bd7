import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { auditRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { poll } from '../poll.ts';
import type { Check, World } from '../world.ts';
import { PERMITTED, UNHEARD } from '../zone.ts';

/** Beyond the deadline message of a synchronous request, after which the decision function writes its records. */
const TIMEOUT_MS = 40_000;
const POLL_MS = 500;

/** The records of docs/audit.md as objects. */
export const AUDIT_CHECKS: readonly Check[] = [
  {
    sentence: 'the audit records of a synchronous request are in the bucket, written at its deadline',
    run: async (world) => demandRecords(world, (await world.api.checkCaa(PERMITTED)).mpic_id),
  },
  {
    sentence: 'the audit records of an asynchronous request are in the bucket',
    run: async (world) => demandRecords(world, (await world.api.checkCaaAsync(PERMITTED)).mpic_id),
  },
  {
    sentence: 'the start of the decision function is in the audit trail, with its configuration',
    async run(world) {
      await awaitEvents(world, 'service-started', { 'service-started': 1 });
      return undefined;
    },
  },
  {
    sentence: 'what a perspective says after the verdict is in the audit trail as a late result',
    run: async (world) => {
      const { mpic_id: id } = await world.api.checkCaa(UNHEARD);
      const every = world.deployment.perspectives.length;
      await awaitEvents(world, id, { 'perspective-check': every, 'quorum-decision': 1, 'late-result': 1 });
      return undefined;
    },
  },
];

async function demandRecords(world: World, id: string): Promise<undefined> {
  const every = world.deployment.perspectives.length;
  await awaitEvents(world, id, { 'perspective-check': every, 'quorum-decision': 1 });
}

/** Wait until the objects in whose name `part` stands hold exactly so many records of each event. */
async function awaitEvents(
  world: World,
  part: string,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  let found = 'nothing';
  const wanted = describeEvents(new Map(Object.entries(expected)));
  const isThere = async () => {
    found = describeEvents(countEvents(await readRecords(world, part)));
    return found === wanted ? true : null;
  };
  await poll(`${wanted} in the audit trail`, TIMEOUT_MS, POLL_MS, isThere).catch((error: Error) => {
    throw new Error(`${error.message}, but ${found}`);
  });
}

function countEvents(records: readonly { readonly event: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { event } of records) counts.set(event, (counts.get(event) ?? 0) + 1);
  return counts;
}

function describeEvents(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([event, count]) => `${count} ${event}`);
  return parts.sort().join(', ') || 'nothing';
}

/** Every record of the objects in whose name this stands; each has to be as documented. */
async function readRecords({ aws, deployment }: World, part: string) {
  const { account, home_region: region, names } = deployment;
  const [s3, Bucket] = [aws.s3(region), names.auditBucket({ account, region })];
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const keys = Contents.map(({ Key = '' }) => Key).filter((key) => key.includes(part));
  const texts = await Promise.all(
    keys.map(async (Key) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    }),
  );
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  return lines.map((line) => auditRecordSchema.parse(JSON.parse(line)));
}
