import { parseArgs } from 'node:util';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { rulesAt } from '../../../shared/domain/rules/rules.ts';
import { ask, type Observation } from './ask.ts';
import { findAudit, renderAudit } from './audit.ts';
import { pc } from './colours.ts';
import { showAsync, showIdempotency } from './conversation.ts';
import { type DemoService, startDemoService } from './demo-service.ts';
import { DNSSEC, missingForDnssec, withSignedZones } from './dnssec-chapter.ts';
import { showFailuresAndRefusals } from './refusals-and-failures.ts';
import { columnHeads, heading, isAsExpected, paragraph, row, scenarioRows } from './render.ts';
import type { Scenario, ScenarioGroup } from './scenario.ts';
import { scenarioGroups } from './scenarios.ts';
import { ATTACKER_HASH } from './world.ts';

const write = (text: string) => void process.stdout.write(text);

/** `npm run demo`: the service, a small DNS of its own, and one check of each kind. Exit status 1: not as expected. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stay: { type: 'boolean', default: false } } });
  const now = new Date();
  const start = performance.now();
  const service = await startDemoService();
  introduce(service, now);

  const outcomes: Outcome[] = [];
  for (const group of scenarioGroups(now)) outcomes.push(...(await runGroup(service, group)));
  outcomes.push(...(await showDnssec()));
  const others = [
    await showFailuresAndRefusals(service, write),
    await showAsync(service, write),
    await showIdempotency(service, write),
  ];
  others.push(await showAudit(service, outcomes));

  const surprises = outcomes.filter(({ asExpected }) => !asExpected);
  const seconds = (performance.now() - start) / 1000;
  const good = surprises.length === 0 && others.every(Boolean);
  conclude(outcomes.length, surprises, good, seconds);
  if (values.stay) await stayUntilStopped(service);
  // Nothing is kept, so nothing needs an orderly end, and a silent name server would hold one up for seconds.
  process.stdout.write('', () => process.exit(good ? 0 : 1));
}

interface Outcome {
  readonly scenario: Scenario;
  readonly observation: Observation;
  readonly asExpected: boolean;
}

function introduce({ url, perspectives }: DemoService, now: Date): void {
  const rules = rulesAt(now);
  write(`\n${pc.bold('Multi-Perspective Issuance Corroboration: a demonstration')}\n\n`);
  write(
    paragraph(
      'Before a CA issues, several remote perspectives look at the DNS, each over its own part of the Internet, and ' +
        'enough of them have to see the same. Here all six run in this one process, and each has a name server of its ' +
        'own on loopback, so that we can lie to some of them. Nothing leaves this machine.',
    ),
  );
  write('\n');
  const widths = [18, 28, 12, 24];
  write(row(['  perspective', 'place', 'RIR', 'its name server'].map(pc.dim), widths));
  for (const { code, name, rir, resolver } of perspectives)
    write(row([`  ${code}`, name, rir, resolver ?? ''], widths));
  write('\n');
  write(
    paragraph(
      `Rules of ${rules.asOf} (${cite('mpic')}): at least ${rules.minimumPerspectives} remote perspectives; of six, at ` +
        `most two may dissent; those that corroborate span at least ${rules.minimumRirs} RIR regions.`,
    ),
  );
  write(paragraph(`Every row below is one request to ${url}. The first one as curl would send it:`));
  write(`\n    curl -s ${url}/mpic -H 'content-type: application/json' \\\n`);
  write(`      -d '{"check_type":"caa","domain_or_ip_target":"shop.test"}'\n`);
}

/** A chapter with servers of its own, where this machine has what it takes. */
async function showDnssec(): Promise<Outcome[]> {
  const missing = await missingForDnssec();
  if (missing === null) return withSignedZones((url) => runGroup({ url }, DNSSEC));
  write(heading(DNSSEC.title));
  write(paragraph(`Left out here: ${missing}.`));
  return [];
}

async function runGroup({ url }: Pick<DemoService, 'url'>, group: ScenarioGroup): Promise<Outcome[]> {
  write(heading(group.title));
  write(paragraph(group.lesson));
  write(columnHeads());
  const outcomes: Outcome[] = [];
  for (const scenario of group.scenarios) {
    const observation = await ask(url, scenario);
    outcomes.push({ scenario, observation, asExpected: isAsExpected(scenario, observation) });
    write(scenarioRows(scenario, observation));
  }
  return outcomes;
}

/** The audit trail is written right after the answer went out, and so a moment later. */
async function showAudit({ auditRecords }: DemoService, outcomes: readonly Outcome[]): Promise<boolean> {
  const attack = outcomes.find(
    ({ scenario }) =>
      scenario.target === 'bank.test' && JSON.stringify(scenario.body).includes(ATTACKER_HASH),
  );
  const excerpt = findAudit(auditRecords, attack?.observation.mpicId ?? '');
  if (excerpt === null) {
    write(
      `${heading(`What the auditor gets (${cite('records')})`)}  ${pc.red('✗')} no decision in the audit trail\n`,
    );
    return false;
  }
  write(renderAudit(excerpt));
  return true;
}

function conclude(count: number, surprises: readonly Outcome[], good: boolean, seconds: number): void {
  write(heading('Result'));
  for (const { scenario, observation } of surprises) {
    write(`  ${pc.red('✗')} ${scenario.title}, ${scenario.target}: expected ${scenario.expected}, `);
    write(`got ${observation.verdict}\n`);
  }
  const verdict = good
    ? pc.green(`All ${count} verdicts are as expected.`)
    : pc.red(`${surprises.length} of ${count} verdicts are not as expected.`);
  write(`  ${verdict} ${seconds.toFixed(1)} s in all.\n`);
  write(
    paragraph('npm run demo -- --stay keeps it running, to be asked by hand. npm start runs the service.'),
  );
}

/** With `--stay`: leave everything running, for whoever wants to ask by hand. */
async function stayUntilStopped({ url }: DemoService): Promise<void> {
  write(`\n  Still serving on ${url}, until you press Ctrl-C.\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

main().catch((error: unknown) => {
  const isUsage =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const text = error instanceof Error && !isUsage ? error.stack : String(error);
  process.stderr.write(`The demo cannot run: ${text}\n${isUsage ? 'Usage: npm run demo [-- --stay]\n' : ''}`);
  process.exit(1);
});
