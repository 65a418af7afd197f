/** Three bits that tell most states of a face from the one before or after. */
export function stateCheck(values: Int16Array): number {
  let hash = 0;
  for (let index = 0; index < values.length; index++) hash = (Math.imul(hash, 31) + values[index]!) | 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 29) & 7;
}
