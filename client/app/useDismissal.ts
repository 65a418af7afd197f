import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/**
 * Closes a card by a press anywhere but inside one of `inside`, and by Escape, which belongs to the card alone and gives the focus back to its
 * `button`. The refs must be the same at every call.
 */
export function useDismissal(open: Signal<boolean>, inside: readonly RefObject<HTMLElement | null>[], button: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (!open.value) return undefined;
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        // What lies below stays as it is.
        event.preventDefault();
        button.current?.focus();
      } else if (inside.some(({ current }) => current?.contains(event.target as Node))) return;
      open.value = false;
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close, true);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close, true);
    };
  }, [open.value]);
}
