import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MotionClip } from '../motion/motionClip.ts';
import type { AvatarPortraitView } from '../render/stage/avatarPortraitView.ts';
import { hasHardwareGraphics } from '../tracking/graphicsProbe.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';

/** Fetches the preview's drawing code ahead of its first use. */
export function prepareAvatarPreview(): void {
  void import('../render/stage/avatarPortraitView.ts').catch(() => undefined); // Its use says what is wrong.
}

/** An avatar alone, talking, looking about and slowly turning; each further one it is given takes the place of the one before. */
export function AvatarPreview({ avatar, fullQuality }: { avatar: LoadedAvatar; fullQuality: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<AvatarPortraitView | undefined>(undefined);
  const newest = useRef(avatar);
  const failure = useSignal<string | undefined>(undefined);

  useEffect(() => {
    let gone = false;
    const clip = new MotionClip({ seed: 11, mood: 'talking' });
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    void import('../render/stage/avatarPortraitView.ts').then(({ AvatarPortraitView }) => {
      if (gone || !frame.current) return;
      view.current = new AvatarPortraitView(frame.current, newest.current, {
        pose: (timeMs) => clip.sample(still ? 0 : timeMs),
        software: !hasHardwareGraphics(),
        fullQuality,
        turnRadians: (timeMs) => (still ? 0.35 : Math.sin(timeMs / 2600) * 0.42),
      });
    }).catch((error: unknown) => {
      console.error('preview', error);
      failure.value = 'This browser could not draw the avatar (WebGL 2 is needed).';
    });
    return () => {
      gone = true;
      view.current?.dispose();
      view.current = undefined;
    };
  }, []);

  useEffect(() => {
    if (newest.current === avatar) return;
    newest.current = avatar;
    view.current?.show(avatar);
  }, [avatar]);

  return <div class="preview" ref={frame} role="img" aria-label="Your avatar, moving">{failure.value && <p class="preview__failure">{failure.value}</p>}</div>;
}
