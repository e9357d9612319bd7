/** Labels of a crafted name. Names are lower case, with a final dot, without escapes; the root is `.`. */
export function labelsOf(name: string): readonly string[] {
  return name === '.' ? [] : name.slice(0, -1).split('.');
}

export function nameOf(labels: readonly string[]): string {
  return labels.length === 0 ? '.' : `${labels.join('.')}.`;
}

/** Whether `name` is `ancestor` or below it. */
export function isAtOrBelow(name: string, ancestor: string): boolean {
  return ancestor === '.' || name === ancestor || name.endsWith(`.${ancestor}`);
}

export function parentOf(name: string): string {
  return nameOf(labelsOf(name).slice(1));
}

/** `name` with one more label prepended. */
export function childOf(name: string, label: string): string {
  return name === '.' ? `${label}.` : `${label}.${name}`;
}

export function toWire(name: string): Buffer {
  const labels = labelsOf(name).map((label) => {
    const octets = Buffer.from(label, 'latin1');
    return Buffer.concat([Buffer.from([octets.length]), octets]);
  });
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** RFC 4034 section 6.1. */
export function compareCanonically(one: string, other: string): number {
  const [left, right] = [labelsOf(one).toReversed(), labelsOf(other).toReversed()];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = Buffer.compare(
      Buffer.from(left[index] ?? '', 'latin1'),
      Buffer.from(right[index] ?? '', 'latin1'),
    );
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
