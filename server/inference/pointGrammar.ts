import { StippleError } from '../../shared/protocol/errors.ts';

/** What a band may write: sites of its own, in ascending order, each at most once and only where points may be. */
export interface PointGrammar {
  readonly bandSize: number;
  readonly heightLevels: number;
  /** 0 where no point may be, [bandCount × bandSize]; undefined when all sites may have one. */
  readonly available: Uint8Array | undefined;
}

/**
 * Checks one token pair. The graph's masks make a breach impossible; should one ever appear, the head is given up rather
 * than made wrong.
 * @param previous the band's last site, −1 at the start
 * @param site index in the band; `bandSize` is the end token
 * @returns whether the band has ended
 * @throws {StippleError} POINT_TOKEN_INVALID
 */
export function checkPointToken(grammar: PointGrammar, band: number, previous: number, site: number, heightLevel: number): boolean {
  const { bandSize, heightLevels, available } = grammar;
  if (!Number.isInteger(site) || site <= previous || site > bandSize) throw breach(band, 'site', `${previous + 1} to ${bandSize}`, site);
  if (site === bandSize) return true;
  if (available !== undefined && available[band * bandSize + site] === 0) throw breach(band, 'site', 'an available one', site);
  if (!Number.isInteger(heightLevel) || heightLevel < 0 || heightLevel >= heightLevels) throw breach(band, 'height level', `0 to ${heightLevels - 1}`, heightLevel);
  return false;
}

function breach(band: number, field: string, expected: string, got: number): StippleError {
  return new StippleError('POINT_TOKEN_INVALID', {
    message: `The generator wrote a token that the grammar forbids: band ${band}, ${field}: expected ${expected}, got ${got}`,
    details: { band, field, expected, got },
  });
}
