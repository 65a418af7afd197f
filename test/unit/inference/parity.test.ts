import { describe, test } from 'vitest';
import { expectGoldenPoints, expectGoldenSplats } from '../../support/goldenGenerator.ts';
import { TINY_FOLDER } from '../../support/tinyGenerator.ts';

describe('the tiny generator', () => {
  test('writes PyTorch\'s tokens, with its hidden states', () => expectGoldenPoints(TINY_FOLDER));
  test('decodes PyTorch\'s splats, whatever the size of a run', () => expectGoldenSplats(TINY_FOLDER));
});
