import { describe, expect, it } from 'vitest';
import { svgPlot } from '../../../loadtest/report/svgPlot.ts';

describe('svgPlot', () => {
  it('draws lines inside the picture, with no number that is none', () => {
    const svg = svgPlot({ title: 'a & b', xLabel: 's', yLabel: 'ms', lines: [{ name: 'p50', points: [[0, 0], [3, 7]] }, { name: 'none', points: [] }] });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('a &#38; b');
    expect(svg.match(/<polyline/g)).toHaveLength(1);
  });

  it('stands nothing at all', () => {
    expect(svgPlot({ title: 'empty', xLabel: '', yLabel: '', lines: [], filled: true })).not.toMatch(/NaN|Infinity/);
  });
});
