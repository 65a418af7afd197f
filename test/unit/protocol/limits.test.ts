import { expect, it } from 'vitest';
import { AVATAR_MAX_BYTES } from '../../../shared/protocol/limits.ts';
import {
  CHUNK_ENTRY_BYTES, FIXED_HEADER_BYTES, MAX_CHUNKS, MAX_IDENTITY_COEFFICIENTS, MAX_NAME_CHARACTERS, MAX_SPLATS, maxChunkBytes,
} from '../../../shared/splat/codec/avatarLayout.ts';

it('HTTP15 lets every file through that chapter SPLAT allows, with little to spare', () => {
  const headerBytes = FIXED_HEADER_BYTES + 2 * MAX_IDENTITY_COEFFICIENTS + 2 * MAX_NAME_CHARACTERS + CHUNK_ENTRY_BYTES * MAX_CHUNKS + 4;
  const chunkBytes = maxChunkBytes(MAX_SPLATS) + (MAX_CHUNKS - 1) * maxChunkBytes(0);
  expect(headerBytes + chunkBytes).toBeLessThanOrEqual(AVATAR_MAX_BYTES);
  expect(headerBytes + chunkBytes).toBeGreaterThan(0.95 * AVATAR_MAX_BYTES);
});
