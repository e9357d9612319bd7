import { drawPlan } from './draw-plan.ts';
import { runHistory } from './history.ts';

async function main(): Promise<void> {
  const [first = '1', count = '10', verbose = ''] = process.argv.slice(2);
  const started = performance.now();
  let requests = 0;
  const rules = new Map<string, number[]>();
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    const plan = drawPlan(seed);
    const report = await runHistory(plan, verbose === 'lines');
    requests += report.requests;
    for (const line of report.lines) process.stdout.write(`${line}\n`);
    for (const { rule, about, says } of report.violations) {
      const seeds = rules.get(rule) ?? [];
      seeds.push(seed);
      rules.set(rule, seeds);
      if (verbose !== '') process.stdout.write(`${seed} ${plan.shape} ${rule} ${about}: ${says}\n`);
    }
    if (verbose !== '')
      process.stdout.write(`${seed} ${plan.shape} ${report.digest} ${JSON.stringify([...report.answers])}\n`);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${requests} requests in ${seconds.toFixed(1)} s, ${(requests / seconds).toFixed(0)}/s\n`,
  );
  for (const [rule, seeds] of rules)
    process.stdout.write(`${rule}: ${seeds.length}, seeds ${[...new Set(seeds)].slice(0, 12).join(' ')}\n`);
}
await main();
