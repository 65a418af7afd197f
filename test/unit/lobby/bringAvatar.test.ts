import { describe, expect, it } from 'vitest';
import { nodeZstd } from '../../../server/cli/nodeZstd.ts';
import { HEAD_FILE_MAX_BYTES, importHead } from '../../../client/exchange/importHead.ts';
import { showBringing } from '../../../client/lobby/bringingWords.ts';
import { chosenKind, kindOfFile } from '../../../client/lobby/chosenFile.ts';
import { encodeHead, HEAD_FILE_FORMATS, writeHead } from '../../../shared/formats/headFiles.ts';
import { headFormatOf } from '../../../shared/formats/headFormat.ts';
import { headRig } from '../../support/headRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

const splats = syntheticSplats(headRig, { count: 30 });
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46);

describe('what a chosen file is', () => {
  it('is told by its first bytes for everything that is written here', () => {
    const formats = HEAD_FILE_FORMATS.map((format) => headFormatOf(writeHead(headRig, splats, format, nodeZstd).subarray(0, 8)));
    expect(formats).toEqual(['PLY', 'SPZ', 'SPZ', 'glTF']);
    expect(headFormatOf(encodeHead(headRig, splats))).toBe('Stipple');
    expect(headFormatOf(Uint8Array.of(0x50, 0x4b, 3, 4))).toBe('LAM');
  });

  it('is an avatar whatever it is called, and a portrait where neither bytes nor name say otherwise', async () => {
    const ply = writeHead(headRig, splats, 'ply', nodeZstd);
    expect(await kindOfFile(new Blob([Uint8Array.from(ply)]), 'holiday.jpg')).toEqual({ kind: 'avatar', format: 'PLY' });
    expect(chosenKind(JPEG, 'holiday.jpg')).toEqual({ kind: 'portrait' });
    expect(chosenKind(new TextEncoder().encode('I am text'), 'notes.txt')).toEqual({ kind: 'portrait' });
    expect(await kindOfFile(new Blob([]), '')).toEqual({ kind: 'portrait' });
  });

  it('is an avatar of no known format where only the name says so', () => {
    for (const name of ['me.stipple', 'ME.PLY', 'a.b.spz', 'x.glb', 'lam.zip']) expect(chosenKind(new Uint8Array(8), name), name).toEqual({ kind: 'avatar', format: undefined });
    expect(headFormatOf(new Uint8Array(2))).toBeUndefined();
  });
});

describe('a file that is too large for any head', () => {
  it('is refused before a byte of it is read', async () => {
    const file = Object.defineProperties(new Blob([]), { size: { value: HEAD_FILE_MAX_BYTES + 1 }, arrayBuffer: { value: () => expect.unreachable() } });
    await expect(importHead(headRig, file, new AbortController().signal)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE', message: 'This file is too large for an avatar: expected at most 64 MB, got 65 MB.',
    });
  });
});

describe('a file on its way, in words', () => {
  it('tells what takes long, and a share only while bytes leave', () => {
    expect(showBringing({ stage: 'reading' }, 'SPZ')).toEqual({ sentence: 'Reading the file', fraction: undefined });
    expect(showBringing({ stage: 'reading' }, 'LAM')).toEqual({ sentence: 'Fitting the head to the rig', fraction: undefined });
    expect(showBringing({ stage: 'sending', uploaded: 0.25 }, 'PLY')).toEqual({ sentence: 'Sending the avatar', fraction: 0.25 });
    expect(showBringing({ stage: 'opening' }, 'PLY').fraction).toBe(1);
  });
});
