import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { HeadFileFormat } from '../../shared/formats/headFiles.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { Icon } from '../app/Icon.tsx';
import { useDismissal } from '../app/useDismissal.ts';
import { exportHead, saveAs } from '../exchange/exportHead.ts';
import { fetchBytes } from '../signaling/fetchBytes.ts';
import type { AvatarLoad } from './participant.ts';

type Choice = HeadFileFormat | 'stipple';
const CHOICES: readonly { format: Choice; ending: string; words: string }[] = [
  { format: 'stipple', ending: 'stipple', words: 'to keep' },
  { format: 'ply', ending: 'ply', words: 'splat editors' },
  { format: 'spz', ending: 'spz', words: 'small' },
  { format: 'glb', ending: 'glb', words: 'glTF' },
];

/** One's own avatar as a file: a button, and over the mirror picture the formats to choose from. */
export function TakeAlong({ avatar, token, name }: { avatar: Extract<AvatarLoad, { state: 'ready' }>; token: string | undefined; name: string }) {
  const open = useSignal(false);
  const busy = useSignal<Choice | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (open.value) list.current?.querySelector('button')?.focus();
  }, [open.value]);
  useDismissal(open, [list, button], button);

  const take = async ({ format, ending }: (typeof CHOICES)[number]): Promise<void> => {
    if (busy.value !== undefined) return;
    busy.value = format;
    problem.value = undefined;
    try {
      const bytes = format === 'stipple' ? Uint8Array.from(await fetchBytes(avatar.ref.url, token)) : await exportHead(avatar.avatar, format);
      saveAs(`${fileName(name)}.${ending}`, bytes);
      open.value = false;
      button.current?.focus();
    } catch (error) {
      problem.value = error instanceof StippleError ? error.message : 'The file could not be written.';
    } finally {
      busy.value = undefined;
    }
  };

  return (
    <>
      {open.value && (
        <div ref={list} class="self__files" role="group" aria-label="Take your avatar along as a file">
          {CHOICES.map((choice) => (
            <button key={choice.format} type="button" data-testid={`take-${choice.format}`} aria-busy={busy.value === choice.format} onClick={() => void take(choice)}>
              <span>.{choice.ending}</span><small>{busy.value === choice.format ? 'writing' : choice.words}</small>
            </button>
          ))}
          {problem.value !== undefined && <p role="alert">{problem.value}</p>}
        </div>
      )}
      <button
        ref={button} class="self__take" type="button" data-testid="take-along" title="Take your avatar along as a file" aria-label="Take your avatar along as a file"
        aria-expanded={open.value} onClick={() => { open.value = !open.value; }}
      >
        <Icon name={open.value ? 'close' : 'download'} />
      </button>
    </>
  );
}

/** The person's name where a file can bear it. */
function fileName(name: string): string {
  const plain = name.normalize('NFC').replace(/[^\p{L}\p{N} _-]/gu, '').trim().slice(0, 60);
  return plain === '' ? 'avatar' : plain;
}
