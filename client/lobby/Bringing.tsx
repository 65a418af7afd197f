import { useEffect } from 'preact/hooks';
import { Mark } from '../app/Icon.tsx';
import { prepareAvatarPreview } from './AvatarPreview.tsx';
import { ProgressLine } from './ProgressLine.tsx';
import { showBringing } from './bringingWords.ts';
import type { PortraitStep } from './portraitFlow.ts';

/** An avatar file on its way: there is no portrait to show, so the mark stands in. */
export function Bringing({ step: { brought, progress }, cancel }: { step: Extract<PortraitStep, { kind: 'bringing' }>; cancel: () => void }) {
  useEffect(prepareAvatarPreview, []);
  return (
    <div class="working">
      <div class="working__mark"><Mark /></div>
      <div class="working__status">
        <p class="working__file" title={brought.file.name}>{brought.file.name}</p>
        <ProgressLine shown={showBringing(progress, brought.format)} label="Bringing the avatar" />
        <button class="button button--quiet" type="button" onClick={cancel}>Cancel</button>
      </div>
    </div>
  );
}
