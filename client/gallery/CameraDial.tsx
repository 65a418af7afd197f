import { useEffect, useRef } from 'preact/hooks';

/** Shows a camera's angles in a dial; call it as often as the camera moves. */
export type TurnDial = (yawRadians: number, pitchRadians: number) => void;

/** The orbit as a ring seen from in front and above, in the drawing's units. */
const RING = { x: 60, y: 38, rx: 50, ry: 17 } as const;
/** Height of the camera on its sphere, drawn. */
const LIFT = 46;

/** A camera on its orbit about a head. `connect` receives the function that turns it, and undefined when it goes. */
export function CameraDial({ connect }: { connect: (turn: TurnDial | undefined) => void }) {
  const camera = useRef<SVGGElement>(null);
  const sight = useRef<SVGLineElement>(null);
  const stem = useRef<SVGLineElement>(null);
  useEffect(() => {
    connect((yaw, pitch) => {
      const x = RING.x + RING.rx * Math.sin(yaw);
      const ground = RING.y + RING.ry * Math.cos(yaw);
      const y = ground - LIFT * Math.sin(pitch);
      camera.current?.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
      sight.current?.setAttribute('x2', x.toFixed(2));
      sight.current?.setAttribute('y2', y.toFixed(2));
      for (const [name, value] of [['x1', x], ['x2', x], ['y1', ground], ['y2', y]] as const) stem.current?.setAttribute(name, value.toFixed(2));
    });
    return () => connect(undefined);
  }, []);
  return (
    <svg class="dial" viewBox="0 8 120 60" aria-hidden="true">
      <ellipse cx={RING.x} cy={RING.y} rx={RING.rx} ry={RING.ry} class="dial__ring" />
      <path d="M60 21.5c5.600 0 9.400 4 9.400 9.600 0 5.400-3.800 11.200-9.400 11.200s-9.400-5.800-9.400-11.200c0-5.600 3.800-9.600 9.400-9.600z" class="dial__head" />
      <path d="M60 31.500l-1.600 4.400h3.200z" class="dial__nose" />
      <line ref={sight} x1="60" y1="33" x2="60" y2="55" class="dial__sight" />
      <line ref={stem} class="dial__stem" />
      <g ref={camera} transform="translate(60 55)">
        <circle r="4.600" class="dial__camera" />
        <circle r="1.700" class="dial__lens" />
      </g>
    </svg>
  );
}
