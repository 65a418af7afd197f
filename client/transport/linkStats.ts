/** Counters of a link since it began. */
export interface LinkStats {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Of the ICE pair in use, ms; undefined until the browser has measured one. */
  readonly roundTripMs: number | undefined;
}

/** Adds up the ICE pairs in use of several WebRTC reports; a missing report counts for nothing. */
export function sumLinkStats(reports: readonly (RTCStatsReport | undefined)[]): LinkStats {
  let bytesSent = 0;
  let bytesReceived = 0;
  let roundTripMs: number | undefined;
  for (const report of reports) {
    report?.forEach((entry: { type: string }) => {
      if (entry.type !== 'candidate-pair') return;
      const pair = entry as unknown as { nominated?: boolean; state?: string; bytesSent?: number; bytesReceived?: number; currentRoundTripTime?: number };
      if (pair.state !== 'succeeded' && !pair.nominated) return;
      bytesSent += pair.bytesSent ?? 0;
      bytesReceived += pair.bytesReceived ?? 0;
      if (pair.currentRoundTripTime !== undefined) {
        roundTripMs = Math.min(roundTripMs ?? Infinity, pair.currentRoundTripTime * 1000);
      }
    });
  }
  return { bytesSent, bytesReceived, roundTripMs };
}

/** Rates between two readings of counters. */
export interface LinkRates {
  readonly kilobitsPerSecondUp: number;
  readonly kilobitsPerSecondDown: number;
}

/** Turns counters into rates; the first reading gives zero. A counter that fell (a new link) starts over. */
export class LinkRateMeter {
  #last: { bytesSent: number; bytesReceived: number; atMs: number } | undefined;

  read(stats: LinkStats, nowMs: number): LinkRates {
    const last = this.#last;
    this.#last = { bytesSent: stats.bytesSent, bytesReceived: stats.bytesReceived, atMs: nowMs };
    if (!last || nowMs <= last.atMs || stats.bytesSent < last.bytesSent || stats.bytesReceived < last.bytesReceived) {
      return { kilobitsPerSecondUp: 0, kilobitsPerSecondDown: 0 };
    }
    const bitsPerByteAndKilo = 8 / 1000;
    const seconds = (nowMs - last.atMs) / 1000;
    return {
      kilobitsPerSecondUp: (stats.bytesSent - last.bytesSent) * bitsPerByteAndKilo / seconds,
      kilobitsPerSecondDown: (stats.bytesReceived - last.bytesReceived) * bitsPerByteAndKilo / seconds,
    };
  }
}
