import type { GraphContract, TensorSpec } from './graph.ts';

export const GRAPH_NAMES = ['vision', 'conditioner', 'step', 'decoder'] as const;
export type GraphName = (typeof GRAPH_NAMES)[number];

/** Sizes that the graphs' shapes follow from. */
export interface GeneratorSizes {
  readonly bandCount: number;
  readonly bandSize: number;
  readonly heightLevels: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly keyWidth: number;
  readonly memoryLength: number;
  readonly siteChannels: number;
  readonly childChannels: number;
  readonly visionWidth: number;
}

/** Side of the picture that the vision transformer looks at, and of one of its patches, in pixels (as DINOv2). */
export const PICTURE_SIZE = 224;
export const PATCH_SIZE = 14;

/** Names of one layer's tensors. A tensor a layer: taking a layer out of one big tensor would copy it at every step. */
export const memoryNames = (layer: number) => ({ key: `memory.${layer}.key`, value: `memory.${layer}.value` }) as const;
export const pastNames = (layer: number) => ({ key: `past_key_values.${layer}.key`, value: `past_key_values.${layer}.value` }) as const;
export const presentNames = (layer: number) => ({ key: `present.${layer}.key`, value: `present.${layer}.value` }) as const;

/** What the four graphs take and give. */
export function generatorContracts(sizes: GeneratorSizes): Readonly<Record<GraphName, GraphContract>> {
  const { bandCount, bandSize, heightLevels, width, heads, kvHeads, headWidth, keyWidth, memoryLength } = sizes;
  const floats = (name: string, ...shape: (number | string)[]): TensorSpec => ({ name, dtype: 'float32', shape });
  const integers = (name: string, ...shape: (number | string)[]): TensorSpec => ({ name, dtype: 'int64', shape });
  const perLayer = (tensors: (layer: number) => TensorSpec[]): TensorSpec[] => Array.from({ length: sizes.layers }, (_, layer) => tensors(layer)).flat();
  const vision = floats('last_hidden_state', 1, (PICTURE_SIZE / PATCH_SIZE) ** 2 + 1, sizes.visionWidth);
  const memory = perLayer((layer) => [
    floats(memoryNames(layer).key, heads, headWidth, memoryLength),
    floats(memoryNames(layer).value, heads, memoryLength, headWidth),
  ]);
  const sites = (bands: number | string): TensorSpec[] => [
    floats('site_keys', bands, bandSize, keyWidth),
    floats('site_bias', bands, bandSize),
    floats('site_embedding', bands, bandSize, width),
    floats('start_embedding', bands, width),
  ];
  return {
    vision: { inputs: [floats('pixel_values', 1, 3, PICTURE_SIZE, PICTURE_SIZE)], outputs: [vision] },
    conditioner: {
      inputs: [vision, floats('site_features', bandCount * bandSize, sizes.siteChannels)],
      outputs: [...memory, ...sites(bandCount)],
    },
    step: {
      inputs: [
        ...memory, ...sites('bands'),
        integers('previous_site', 'bands'), integers('previous_height', 'bands'), integers('step', 1),
        ...perLayer((layer) => [
          floats(pastNames(layer).key, 'bands', kvHeads, 'places', headWidth),
          floats(pastNames(layer).value, 'bands', kvHeads, 'places', headWidth),
        ]),
        floats('noise', 'bands', 2), floats('temperature', 2), floats('top_p', 2),
      ],
      outputs: [
        integers('site', 'bands'), integers('height', 'bands'), floats('hidden', 'bands', width),
        ...perLayer((layer) => [
          floats(presentNames(layer).key, 'bands', kvHeads, 1, headWidth),
          floats(presentNames(layer).value, 'bands', kvHeads, 1, headWidth),
        ]),
        floats('site_logits', 'bands', bandSize + 1), floats('height_logits', 'bands', heightLevels),
      ],
    },
    decoder: {
      inputs: [floats('child_features', 'splats', sizes.childChannels), floats('child_position', 'splats', 3), floats('parent_hidden', 'splats', width), floats('use', 2)],
      outputs: [
        floats('color', 'splats', 3), floats('color_trust', 'splats', 1), floats('opacity', 'splats', 1),
        floats('log_scale', 'splats', 3), floats('angle', 'splats', 1), floats('height', 'splats', 1),
      ],
    },
  };
}
