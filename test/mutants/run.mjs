import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { AREAS, GOAL, sourceFiles } from './areas.mjs';

/**
 * `npm run test:mutants [area or file …]`: changes the code on purpose, in every place, and counts the changes that no test notices.
 * One file after the other, so that an interrupted run goes on where it was. Fails when an area is under its goal.
 *
 * What was noticed before is believed while the code is the same, and what was not is tried again: there may be new tests. After a
 * change of tests that could make them notice less, begin anew by deleting `coverage/mutants`.
 */
const named = process.argv.slice(2);
const known = Object.entries(AREAS).flatMap(([area, { mutate }]) => [area, ...sourceFiles(mutate)]);
for (const name of named) {
  if (known.includes(name)) continue;
  process.stderr.write(`${name} is neither an area (${Object.keys(AREAS).join(', ')}) nor a file of one\n`);
  process.exit(2);
}
setPriority(15);
mkdirSync('coverage/mutants', { recursive: true });

let isUnderGoal = false;
for (const [area, { mutate }] of Object.entries(AREAS)) {
  const files = sourceFiles(mutate).filter(
    (file) => named.length === 0 || named.includes(area) || named.includes(file),
  );
  if (files.length > 0) forgetSurvivors(area);
  for (const file of files) {
    const { status } = spawnSync(
      'npx',
      ['stryker', 'run', 'test/mutants/stryker.config.mjs', '--mutate', file],
      {
        stdio: 'inherit',
        env: { ...process.env, MUTANTS_AREA: area },
      },
    );
    if (status !== 0) process.exit(2);
  }
  if (files.length > 0) isUnderGoal = report(area) < GOAL || isUnderGoal;
}
process.exitCode = isUnderGoal ? 1 : 0;

/** The tests of an area are one bundle to Stryker, which therefore does not see that there are new ones. */
function forgetSurvivors(area) {
  const path = `coverage/mutants/${area}.json`;
  if (!existsSync(path)) return;
  const report = JSON.parse(readFileSync(path, 'utf8'));
  for (const [file, one] of Object.entries(report.files)) {
    const isToBeTried = named.length === 0 || named.includes(area) || named.includes(file);
    if (isToBeTried)
      one.mutants = one.mutants.filter(({ status }) => status !== 'Survived' && status !== 'NoCoverage');
  }
  writeFileSync(path, JSON.stringify(report));
}

/** Print what was counted so far and each change that nobody noticed. Returns the share noticed, in percent. */
function report(area) {
  const path = `coverage/mutants/${area}.json`;
  if (!existsSync(path)) return 0;
  const { files } = JSON.parse(readFileSync(path, 'utf8'));
  let noticed = 0;
  let all = 0;
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const isNoticed = ({ status }) => status === 'Killed' || status === 'Timeout';
    const counted = mutants.filter(
      ({ status }) => isNoticed({ status }) || status === 'Survived' || status === 'NoCoverage',
    );
    const survivors = counted.filter((mutant) => !isNoticed(mutant));
    noticed += counted.length - survivors.length;
    all += counted.length;
    print(`${file}: ${counted.length - survivors.length} of ${counted.length} noticed`);
    for (const { location, mutatorName, replacement } of survivors) {
      const { line, column } = location.start;
      const text = excerpt(source, location);
      print(
        `  ${file}:${line}:${column} ${mutatorName}: ${text} -> ${replacement?.replace(/\s+/g, ' ').slice(0, 80)}`,
      );
    }
  }
  const share = all === 0 ? 100 : (100 * noticed) / all;
  print(`${area}: ${noticed} of ${all} noticed, ${share.toFixed(1)} % (goal ${GOAL} %)`);
  return share;
}

function excerpt(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  return lines
    .join('\n')
    .slice(start.column - 1)
    .replace(/\s+/g, ' ')
    .slice(0, 80);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
