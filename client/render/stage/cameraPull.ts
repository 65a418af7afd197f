/** How the view of a stage is pulled by hand: nearer, and aside. */
export interface CameraPull {
  /** 1 is the whole view, more is nearer. */
  readonly zoom: number;
  /** Of the view's middle to the right and up, shares of half the whole view's width and height. */
  readonly x: number;
  readonly y: number;
}
