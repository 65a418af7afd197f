import { describe, expect, test } from 'vitest';
import { LinkRateMeter, sumLinkStats } from '../../../client/transport/linkStats.ts';

const report = (entries: readonly object[]): RTCStatsReport => new Map(entries.map((entry, index) => [String(index), entry])) as unknown as RTCStatsReport;

describe('link statistics', () => {
  test('only pairs in use count; the round trip is the quickest of them', () => {
    const stats = sumLinkStats([
      report([
        { type: 'candidate-pair', state: 'succeeded', nominated: true, bytesSent: 100, bytesReceived: 20, currentRoundTripTime: 0.012 },
        { type: 'candidate-pair', state: 'failed', bytesSent: 7, bytesReceived: 7 },
        { type: 'transport', bytesSent: 5000, bytesReceived: 5000 },
      ]),
      undefined,
      report([{ type: 'candidate-pair', state: 'succeeded', bytesSent: 1, bytesReceived: 300, currentRoundTripTime: 0.02 }]),
    ]);
    expect(stats).toEqual({ bytesSent: 101, bytesReceived: 320, roundTripMs: 12 });
  });

  test('rates are kilobits a second between readings, and start over when counters fall', () => {
    const meter = new LinkRateMeter();
    expect(meter.read({ bytesSent: 1000, bytesReceived: 0, roundTripMs: undefined }, 0)).toEqual({ kilobitsPerSecondUp: 0, kilobitsPerSecondDown: 0 });
    expect(meter.read({ bytesSent: 6000, bytesReceived: 2500, roundTripMs: undefined }, 2000)).toEqual({ kilobitsPerSecondUp: 20, kilobitsPerSecondDown: 10 });
    expect(meter.read({ bytesSent: 10, bytesReceived: 10, roundTripMs: undefined }, 3000)).toEqual({ kilobitsPerSecondUp: 0, kilobitsPerSecondDown: 0 });
  });
});
