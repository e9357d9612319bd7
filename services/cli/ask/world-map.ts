import type { PerspectivesBody } from '../../../shared/client/index.ts';

type Listed = PerspectivesBody['perspectives'][number];

/**
 * Land, one character for 4.7 degrees of longitude and 6.4 of latitude: where most of the field is land. Made of the land shapes of
 * world-atlas 2.0.2 (Natural Earth, public domain).
 */
const LAND: readonly string[] = [
  '            .    . ..     ........                      ......',
  '  .           .     ...  ..   .... ......',
  '    ..............    .     .          ... ................................',
  '          ..........  ...            .  ...........................    .',
  '           ..............            ...............................',
  '            ...........             ...  ...  .. .................',
  '            ..........              ....     ..................',
  '              ..... .               ............................',
  '               ..                  ...............  ...........',
  '                 ...               ........... ..    ..   ...',
  '                      ..           .............      .     .',
  '                      .....             ........           .  .',
  '                     ........           .......            . .     .',
  '                     ..........          .....',
  '                      ........           .....                  ... .',
  '                       ......            ....  .              ........',
  '                       .....             ....                 ........',
  '                       ....                                        ...',
  '                       ..',
  '                      ..',
];
const COLUMNS = 76;
const NORTH = 78;
const SOUTH = -57;
const ROWS = 21;
/** The marks of perspectives in the order of the list; further ones are `*`. */
const MARKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The mark of the perspective at this place of the list. */
export function markOf(index: number): string {
  return MARKS[index] ?? '*';
}

/** A map in text with the mark of each perspective where it is; `+` where several are in one field. */
export function renderMap(perspectives: readonly Pick<Listed, 'latitude' | 'longitude'>[]): string {
  const fields = Array.from({ length: ROWS }, (_, row) => (LAND[row] ?? '').padEnd(COLUMNS).split(''));
  const taken = new Set<string>();
  for (const [index, { latitude, longitude }] of perspectives.entries()) {
    const row = fieldOf((NORTH - latitude) / (NORTH - SOUTH), ROWS);
    const column = fieldOf((longitude + 180) / 360, COLUMNS);
    const field = `${row}/${column}`;
    const line = fields[row];
    if (line !== undefined) line[column] = taken.has(field) ? '+' : markOf(index);
    taken.add(field);
  }
  return fields.map((line) => line.join('').trimEnd()).join('\n');
}

/** Field of a share of the whole; what is beyond the edge is at the edge. */
function fieldOf(share: number, fields: number): number {
  return Math.min(Math.max(Math.floor(share * fields), 0), fields - 1);
}
