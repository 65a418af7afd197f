import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { download, manifestEntries, manifestEntry, readTar, verify } from '../../../server/setup/fetchedFiles.mjs';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { SetupError } from '../../../server/setup/report.mjs';
import { sha256 } from '../../../server/setup/stamp.mjs';

/** One 512-byte header of a ustar archive and its file, padded. */
function tarEntry(path: string, text: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write('0000755\0', 100);
  header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\0', 257);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
  body.write(text);
  return Buffer.concat([header, body]);
}

describe('manifest of fetched files', () => {
  test('every entry says where it comes from, what for and under which licence', () => {
    const entries = manifestEntries();
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    for (const entry of entries) {
      expect(entry.purpose.length, entry.id).toBeGreaterThan(10);
      expect(entry.licence, entry.id).not.toBe('');
      expect([entry.url, entry.npm, entry.repository].filter((place) => place !== undefined), entry.id).toHaveLength(1);
      if (entry.sha256 === null) expect(entry.note, entry.id).toMatch(/checksum/);
      else expect(entry.sha256, entry.id).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('files kept in the repository are the ones that the manifest names', () => {
    for (const entry of manifestEntries()) {
      if (entry.repository === undefined) continue;
      const bytes = readFileSync(join(projectFolder, entry.repository));
      expect(bytes.length, entry.id).toBe(entry.bytes);
      expect(verify(entry, bytes, entry.repository)).toBe(bytes);
      if (entry.unpackedSha256 !== undefined) expect(sha256(gunzipSync(bytes)), entry.id).toBe(entry.unpackedSha256);
    }
  });

  test('a file with another checksum is refused with both checksums and a cure', () => {
    const entry = manifestEntry('face-landmarker');
    const wrong = Buffer.from('something else');
    expect(() => verify(entry, wrong, 'a mirror')).toThrow(SetupError);
    expect(() => verify(entry, wrong, 'a mirror')).toThrow(new RegExp(`${entry.sha256}.*${sha256(wrong)}`));
    expect(() => verify(entry, wrong, 'a mirror')).toThrow(/cure/);
  });

  test('an unknown id is named', () => {
    expect(() => manifestEntry('nonsense')).toThrow(/nonsense/);
  });

  test('what cannot be downloaded says which address and why', async () => {
    await expect(download('http://127.0.0.1:1/model.task', 2000)).rejects.toThrow(/127\.0\.0\.1:1\/model\.task[^]*why/);
  });
});

describe('tar archives', () => {
  test('files come out with path and bytes; folders and links do not', () => {
    const long = `package/${'deep/'.repeat(30)}file.txt`;
    const record = ` path=${long}\n`;
    const pax = `${record.length + 3}${record}`;
    const tar = Buffer.concat([
      tarEntry('package/', '', '5'), tarEntry('package/a.txt', 'alpha'), tarEntry('package/link', '', '2'),
      tarEntry('paxheader', pax, 'x'), tarEntry('package/short-name', 'beta'), Buffer.alloc(1024),
    ]);
    expect([...readTar(tar)].map(({ path, bytes }) => [path, bytes.toString()])).toEqual([['package/a.txt', 'alpha'], [long, 'beta']]);
  });

  test('a damaged size field is an error', () => {
    const tar = tarEntry('package/a.txt', 'alpha');
    tar.write('zzzz', 124);
    expect(() => [...readTar(tar)]).toThrow(/damaged/);
  });
});
