import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MotionClip } from '../motion/motionClip.ts';
import type { AvatarPortraitView } from '../render/stage/avatarPortraitView.ts';
import { hasHardwareGraphics } from '../tracking/graphicsProbe.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';

/** An avatar alone, talking, looking about and slowly turning. Its drawing code is fetched on first use. */
export function AvatarPreview({ avatar, fullQuality }: { avatar: LoadedAvatar; fullQuality: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const failure = useSignal<string | undefined>(undefined);

  useEffect(() => {
    let gone = false;
    let view: AvatarPortraitView | undefined;
    const clip = new MotionClip({ seed: 11, mood: 'talking' });
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    void import('../render/stage/avatarPortraitView.ts').then(({ AvatarPortraitView }) => {
      if (gone || !frame.current) return;
      view = new AvatarPortraitView(frame.current, avatar, {
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
      view?.dispose();
    };
  }, [avatar]);

  return <div class="preview" ref={frame} role="img" aria-label="Your avatar, moving">{failure.value && <p class="preview__failure">{failure.value}</p>}</div>;
}
