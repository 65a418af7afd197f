/** Index of each joint in the rig. */
export const JOINT_INDEX = { root: 0, neck: 1, head: 2, jaw: 3, leftEye: 4, rightEye: 5 } as const;
export const JOINT_PARENTS = [-1, 0, 1, 2, 2, 2] as const;
export const JOINT_MIRROR = [0, 1, 2, 3, 5, 4] as const;

/**
 * Two planes across the neck, both rising towards the nape: below the collar plane nothing turns with the head, above
 * the skull plane all of it does. Heights and depths are metres from the eyes on the mean head.
 */
function collarHeight(z: number): number {
  return -0.198 - 0.42 * (z + 0.04);
}
function skullHeight(z: number): number {
  return -0.112 - 0.34 * z;
}

/** 0 on the shoulders, 1 on the skull, rising smoothly in between. */
export function neckRise(y: number, z: number, widening = 0): number {
  const low = collarHeight(z) - widening, high = skullHeight(z) + widening / 2;
  return Math.min(1, Math.max(0, (y - low) / (high - low)));
}

/** Weights of root, neck and head for a vertex of skin or shell. */
export function neckWeights(y: number, z: number, widening = 0): [root: number, neck: number, head: number] {
  const rise = neckRise(y, z, widening);
  const s = rise * rise * (3 - 2 * rise);
  return [(1 - s) ** 2, 2 * s * (1 - s), s ** 2];
}

/** How much farther the blend reaches on the shell, metres: hair over the shoulders bends gently. */
export const SHELL_WIDENING = 0.03;
