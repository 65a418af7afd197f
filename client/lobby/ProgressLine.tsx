import type { ShownProgress } from './generationStages.ts';

/** A sentence, a share and a bar; the bar wanders where there is no share. */
export function ProgressLine({ shown: { sentence, fraction }, label }: { shown: ShownProgress; label: string }) {
  const percent = fraction === undefined ? undefined : Math.round(fraction * 100);
  return (
    <>
      <div class="working__line">
        <p role="status">{sentence}</p>
        <span class="working__percent" aria-hidden="true">{percent === undefined ? '' : `${percent} %`}</span>
      </div>
      <div
        class={`progress ${percent === undefined ? 'progress--waiting' : ''}`} role="progressbar" aria-label={label}
        aria-valuemin={0} aria-valuemax={100} {...(percent === undefined ? {} : { 'aria-valuenow': percent })}
      >
        <div class="progress__bar" style={percent === undefined ? {} : { transform: `scaleX(${percent / 100})` }} />
      </div>
    </>
  );
}
