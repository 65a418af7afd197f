// Draws one colour through gl and reads it back: exits 0 when WebGL2 works here without a display.
import createGL from 'gl';

const gl = createGL(8, 8, { createWebGL2Context: true });
if (!gl) {
  process.stderr.write('gl made no WebGL2 context\n');
  process.exit(1);
}
gl.clearColor(0.2, 0.4, 0.6, 1);
gl.clear(gl.COLOR_BUFFER_BIT);
const pixel = new Uint8Array(4);
gl.readPixels(4, 4, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
if (`${pixel}` !== '51,102,153,255') {
  process.stderr.write(`gl drew ${pixel} where 51,102,153,255 was asked\n`);
  process.exit(1);
}
process.exit(0);
