import type { CameraPull } from '../render/stage/cameraPull.ts';

export interface StageGestureActions {
  /** Who is at a place of the stage, CSS pixels. */
  personAt(x: number, y: number): string | undefined;
  /** Looks at somebody; with undefined at everybody. */
  choose(participantId: string | undefined): void;
  pull(pull: CameraPull): void;
}

const MOST_ZOOM = 4;
/** Two taps within this time and distance are one double tap. */
const DOUBLE_TAP_MS = 350;
const DOUBLE_TAP_PIXELS = 24;
/** A tap moves less than this. */
const TAP_PIXELS = 8;
const WHEEL_RATE = 0.0016;
const AT_REST: CameraPull = { zoom: 1, x: 0, y: 0 };

/**
 * Touch, mouse and keys on the stage itself: a double tap looks at somebody (or, beside everybody, at all again), two
 * fingers or the wheel come nearer, one finger moves the view that is nearer, Escape goes back.
 */
export class StageGestures {
  readonly #element: HTMLElement;
  readonly #actions: StageGestureActions;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #pull = AT_REST;
  #moved = 0;
  #lastTap: { atMs: number; x: number; y: number } | undefined;

  constructor(element: HTMLElement, actions: StageGestureActions) {
    this.#element = element;
    this.#actions = actions;
  }

  /** @returns how to stop */
  listen(): () => void {
    const end = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void, passive = true): void => {
      this.#element.addEventListener(name, listener, { passive, signal: end.signal });
    };
    on('pointerdown', (event) => this.#down(event));
    on('pointermove', (event) => this.#move(event));
    on('pointerup', (event) => this.#up(event));
    on('pointercancel', (event) => { this.#pointers.delete(event.pointerId); });
    on('pointerleave', (event) => { this.#pointers.delete(event.pointerId); });
    on('wheel', (event) => {
      event.preventDefault();
      this.#set({ ...this.#pull, zoom: this.#pull.zoom * Math.exp(-event.deltaY * WHEEL_RATE) });
    }, false);
    addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      this.#set(AT_REST);
      this.#actions.choose(undefined);
    }, { signal: end.signal });
    return () => end.abort();
  }

  #down(event: PointerEvent): void {
    // Names are buttons of their own.
    if (event.target instanceof Element && event.target.closest('button')) return;
    if (this.#pointers.size === 0) this.#moved = 0;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    this.#moved += Math.hypot(dx, dy);
    const { width, height } = this.#element.getBoundingClientRect();
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const other = others[0];
    let { zoom, x, y } = this.#pull;
    if (other) {
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (was > 10) zoom *= is / was;
    }
    // Two fingers each move it by half.
    const share = 1 / this.#pointers.size;
    x -= ((dx / width) * 2 * share) / zoom;
    y += ((dy / height) * 2 * share) / zoom;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.#set({ zoom, x, y });
  }

  #up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0 || this.#moved > TAP_PIXELS) return;
    const box = this.#element.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const last = this.#lastTap;
    this.#lastTap = { atMs: event.timeStamp, x, y };
    if (!last || event.timeStamp - last.atMs > DOUBLE_TAP_MS || Math.hypot(x - last.x, y - last.y) > DOUBLE_TAP_PIXELS) return;
    this.#lastTap = undefined;
    this.#set(AT_REST);
    this.#actions.choose(this.#actions.personAt(x, y));
  }

  /** Keeps the view inside the whole one. */
  #set(pull: CameraPull): void {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, pull.zoom));
    const reach = 1 - 1 / zoom;
    const inside = (value: number): number => Math.min(reach, Math.max(-reach, value));
    this.#pull = { zoom, x: inside(pull.x), y: inside(pull.y) };
    this.#actions.pull(this.#pull);
  }
}
