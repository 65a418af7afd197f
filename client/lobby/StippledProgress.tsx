import { useEffect, useRef } from 'preact/hooks';
import { drawDots, stipple } from './stippledPortrait.ts';
import type { StippledPicture } from './stippledPortrait.ts';

const CANVAS_SIZE = 1200;
const SOURCE_SIZE = 256;

/** The portrait coming together in dots while the server works; `fraction` in [0, 1] of them are drawn. */
export function StippledProgress({ url, fraction }: { url: string; fraction: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const wanted = useRef(fraction);
  wanted.current = Math.max(wanted.current, fraction);

  useEffect(() => {
    let stopped = false;
    let frame = 0;
    let picture: StippledPicture | undefined;
    let drawn = 0;
    let shown = 0;
    let lastMs = performance.now();
    const image = new Image();
    image.addEventListener('load', () => {
      const small = document.createElement('canvas');
      small.width = small.height = SOURCE_SIZE;
      const context = small.getContext('2d', { willReadFrequently: true });
      if (!context || stopped) return;
      // Cover the square, a little above the middle where portraits have the face.
      const scale = SOURCE_SIZE / Math.min(image.naturalWidth, image.naturalHeight);
      const width = image.naturalWidth * scale;
      const height = image.naturalHeight * scale;
      context.drawImage(image, (SOURCE_SIZE - width) / 2, (SOURCE_SIZE - height) * 0.35, width, height);
      picture = stipple(context.getImageData(0, 0, SOURCE_SIZE, SOURCE_SIZE).data, SOURCE_SIZE);
      frame = requestAnimationFrame(draw);
    });
    image.src = url;
    const draw = (): void => {
      const context = canvas.current?.getContext('2d');
      if (stopped || !picture || !context) return;
      // The dots run a little ahead of the server's share and never wait for it quite still.
      const nowMs = performance.now();
      shown += (Math.min(1, 0.1 + wanted.current * 0.92) - shown) * (1 - Math.exp((lastMs - nowMs) / 350));
      lastMs = nowMs;
      const to = Math.floor(picture.count * shown);
      drawDots(context, picture, drawn, to);
      drawn = Math.max(drawn, to);
      frame = requestAnimationFrame(draw);
    };
    return () => {
      stopped = true;
      cancelAnimationFrame(frame);
    };
  }, [url]);

  return <canvas class="stippled" ref={canvas} width={CANVAS_SIZE} height={CANVAS_SIZE} aria-hidden="true" />;
}
