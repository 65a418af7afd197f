import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';
import { Icon } from '../app/Icon.tsx';

export interface PagerProps {
  /** What is browsed: "people", "comparisons". */
  readonly what: string;
  readonly names: readonly string[];
  readonly index: number;
  readonly choose: (index: number) => void;
  /** What stands between the arrows. */
  readonly children: ComponentChildren;
  /** Beside the dots. */
  readonly control?: ComponentChildren;
  /** In place of a plain dot. */
  readonly dot?: (index: number) => ComponentChildren;
}

/** Arrows and dots. */
export function Pager({ what, names, index, choose, children, control, dot }: PagerProps) {
  const dots = useRef<HTMLUListElement>(null);
  // Of many, the one that is on stays in view; the page itself must not move.
  useEffect(() => {
    const list = dots.current;
    const current = list?.children[index];
    if (!list || !(current instanceof HTMLElement)) return;
    list.scrollTo({ left: current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2, top: current.offsetTop - (list.clientHeight - current.offsetHeight) / 2 });
  }, [index]);
  return (
    <nav class="pager" aria-label={`Browse ${what}`}>
      <div class="pager__line">
        <button class="button button--icon" type="button" aria-label={`Previous: ${names[(index + names.length - 1) % names.length]}`} onClick={() => choose(index - 1)}><Icon name="previous" /></button>
        <div class="pager__words">{children}</div>
        <button class="button button--icon" type="button" aria-label={`Next: ${names[(index + 1) % names.length]}`} onClick={() => choose(index + 1)}><Icon name="next" /></button>
      </div>
      <div class="pager__below">
        <ul ref={dots} class={`pager__dots ${dot ? 'pager__dots--faces' : ''}`}>
          {names.map((name, at) => (
            <li key={at}>
              <button type="button" class={dot ? 'pager__face' : 'pager__dot'} aria-label={name} title={name} {...(at === index ? { 'aria-current': 'true' as const } : {})} onClick={() => choose(at)}>
                {dot?.(at)}
              </button>
            </li>
          ))}
        </ul>
        {control}
      </div>
    </nav>
  );
}

/** A finger has to travel this far sideways, CSS pixels, and clearly more sideways than up or down. */
const SWIPE_PIXELS = 44;
const SWIPE_SLOPE = 1.5;

/**
 * Arrow keys and swipes that turn the pages of a part of the page. Keys go to the part that has the focus, or else to the
 * one that fills most of the window.
 */
export function usePaging(section: RefObject<HTMLElement | null>, turn: (by: number) => void): void {
  useEffect(() => {
    const element = section.current;
    if (!element) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (by === 0 || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || !ownsKeys(element)) return;
      event.preventDefault();
      turn(by);
    };
    let from: { x: number; y: number } | undefined;
    const onStart = (event: TouchEvent): void => {
      const touch = event.touches.length === 1 ? event.touches[0] : undefined;
      from = touch && { x: touch.clientX, y: touch.clientY };
    };
    const onEnd = (event: TouchEvent): void => {
      const touch = event.changedTouches[0];
      if (!from || !touch) return;
      const [dx, dy] = [touch.clientX - from.x, touch.clientY - from.y];
      from = undefined;
      if (Math.abs(dx) > SWIPE_PIXELS && Math.abs(dx) > SWIPE_SLOPE * Math.abs(dy)) turn(dx < 0 ? 1 : -1);
    };
    addEventListener('keydown', onKey);
    element.addEventListener('touchstart', onStart, { passive: true });
    element.addEventListener('touchend', onEnd, { passive: true });
    return () => {
      removeEventListener('keydown', onKey);
      element.removeEventListener('touchstart', onStart);
      element.removeEventListener('touchend', onEnd);
    };
  });
}

function ownsKeys(element: HTMLElement): boolean {
  const focused = document.activeElement;
  const parts = [...document.querySelectorAll<HTMLElement>('[data-paging]')];
  const owner = parts.find((part) => part.contains(focused)) ?? parts.toSorted((a, b) => shownHeight(b) - shownHeight(a))[0];
  return owner === element;
}

function shownHeight(element: HTMLElement): number {
  const { top, bottom } = element.getBoundingClientRect();
  return Math.min(bottom, innerHeight) - Math.max(top, 0);
}

/** `index` brought into the range by going round. */
export function around(index: number, count: number): number {
  return ((index % count) + count) % count;
}
