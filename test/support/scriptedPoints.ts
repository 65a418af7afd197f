import type { DecodedSplats, DecoderInput } from '../../server/inference/gaussianDecoder.ts';
import type { GeneratorModel } from '../../server/inference/generatorModel.ts';
import { heightLevel } from '../../server/generator/autoregressive/heightCodec.ts';
import type { SiteLattice } from '../../server/generator/autoregressive/siteLattice.ts';

const WIDTH = 4;

export interface ScriptedPoints {
  /** Sites up to this threshold are taken, where they are available. */
  readonly threshold: (site: number) => number;
  readonly heightMeters?: (site: number) => number;
  /** What the decoder says of splat `i`; zeros and full opacity where left out. */
  readonly decode?: (input: DecoderInput) => Partial<DecodedSplats>;
}

/** A generator model whose points follow a rule: what surrounds it can be tested without any weights. */
export function scriptedPoints(lattice: SiteLattice, script: ScriptedPoints): Pick<GeneratorModel, 'writePoints' | 'decodeSplats' | 'manifest'> & { returned: number } {
  const model = {
    manifest: { width: WIDTH } as GeneratorModel['manifest'],
    /** How many heads were ended, finished or not. */
    returned: 0,
    async *writePoints({ available }: Parameters<GeneratorModel['writePoints']>[0]): ReturnType<GeneratorModel['writePoints']> {
      try {
        const sites = Uint32Array.from({ length: lattice.siteCount }, (_, i) => i)
          .filter((i) => available?.[i] !== 0 && lattice.thresholds[i]! <= script.threshold(i));
        const pointsOf = (own: Uint32Array) => ({
          sites: own, heightLevels: Uint16Array.from(own, (site) => heightLevel(script.heightMeters?.(site) ?? 0)),
          hidden: new Float32Array(own.length * WIDTH),
        });
        const coarse = sites.filter((site) => site % lattice.bandSize < lattice.coarseCounts[Math.floor(site / lattice.bandSize)]!);
        yield { ...pointsOf(coarse), level: 'coarse', pointsSoFar: coarse.length, pointsExpected: sites.length, fraction: 0.1 };
        return { ...pointsOf(sites), stopReason: 'endTokens', steps: 1, milliseconds: 0, stageMilliseconds: { vision: 0, conditioner: 0, coarse: 0, fine: 0 } };
      } finally {
        model.returned += 1;
      }
    },
    async decodeSplats(input: DecoderInput): Promise<DecodedSplats> {
      const count = input.parents.length;
      return {
        colors: new Float32Array(count * 3), colorTrust: new Float32Array(count), opacities: new Float32Array(count).fill(1),
        logScales: new Float32Array(count * 3), angles: new Float32Array(count), heights: new Float32Array(count), ...script.decode?.(input),
      };
    },
  };
  return model;
}
