/** A nested object of figures as lines for people, `a.b 12`. */
export function figureLines(figures: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (Array.isArray(value)) return [`${path.padEnd(56)} ${JSON.stringify(value)}`];
    if (typeof value === 'object' && value !== null) return figureLines(value as Record<string, unknown>, path);
    return [`${path.padEnd(56)} ${String(value)}`];
  });
}
