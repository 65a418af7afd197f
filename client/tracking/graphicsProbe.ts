let answer: boolean | undefined;

/**
 * Whether WebGL is done by real graphics hardware. MediaPipe's GPU path is several times slower than its CPU path
 * on a software renderer (llvmpipe, SwiftShader), and the splat budget should start lower there.
 */
export function hasHardwareGraphics(): boolean {
  if (answer !== undefined) return answer;
  try {
    const context = document.createElement('canvas').getContext('webgl2');
    const info = context?.getExtension('WEBGL_debug_renderer_info');
    const renderer = context ? String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER)) : '';
    answer = context !== null && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
    context?.getExtension('WEBGL_lose_context')?.loseContext();
  } catch {
    answer = false;
  }
  return answer;
}
