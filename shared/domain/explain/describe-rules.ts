import { RULES } from './rules/rules.ts';

/** Fills the table between the markers of `docs/explain.md`: one row per cause, from the rules themselves. */
export function writeCauseTable(markdown: string): string {
  return markdown.replace(
    /(<!-- causes -->\n)[\s\S]*?(<!-- causes end -->)/g,
    (_, begin: string, end: string) => `${begin}${causeTable().join('\n')}\n${end}`,
  );
}

function causeTable(): readonly string[] {
  const head = [
    'cause',
    'what it looks for',
    'what went wrong',
    'what the applicant can do',
    'what the CA can do',
    'how sure',
  ];
  const rows = RULES.map(([cause, { looksFor, text, applicant, ca, sure }]) => [
    `\`${cause}\``,
    looksFor,
    text,
    applicant ?? '',
    ca ?? '',
    sure,
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
