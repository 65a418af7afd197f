import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { AvatarHeader, BoundSplats, PointBatch } from '../../../shared/splat/boundSplats.ts';
import type { AvatarGenerator, GenerateOptions } from '../../avatar/avatarGenerator.ts';
import type { DecodedSplats, DecoderUse } from '../../inference/gaussianDecoder.ts';
import type { GeneratorModel } from '../../inference/generatorModel.ts';
import type { AnalysedPortrait } from '../../perception/analysedPortrait.ts';
import { draftSurface, type DraftSurface } from '../draftSurface.ts';
import { coverPortrait, headerOf, keepToOutline, paintDraft, placePortrait, type CoveredPortrait, type PaintedColors } from '../fittedPortrait.ts';
import { solveFittedView } from '../fittedViewSolve.ts';
import { findRigZones, type RigZones } from '../rigZones.ts';
import type { SplatDraft } from '../splatDraft.ts';
import { writeSplats } from '../splatWriter.ts';
import { Stages } from '../stages.ts';
import { coarseHead, COARSE_SPLATS, templateDraft } from '../templateGenerator.ts';
import { layUndercoat } from '../undercoat.ts';
import { childFeatures } from './childFeatures.ts';
import { dressColors, dressSplats, liftSplats } from './dressSplats.ts';
import { heightMeters } from './heightCodec.ts';
import { cropPicture, normalisePicture } from './picture.ts';
import { draftFromPoints, findParents, type SplatParents } from './pointDraft.ts';
import type { HeadPoints } from './pointField.ts';
import { draftOfPoints } from './pointSplats.ts';
import { evidenceOn, portraitEvidence, type PortraitEvidence } from './portraitEvidence.ts';
import { siteFeatures } from './siteFeatures.ts';
import type { SiteLattice } from './siteLattice.ts';
import { placeSites, type PlacedSites } from './sitePlacement.ts';

export interface AutoregressiveGeneratorOptions {
  /** Splats a point, on average. */
  readonly splatsPerPoint?: number;
  /** Splats of a head, about; instead of `splatsPerPoint`. */
  readonly splatCount?: number;
  /** Where splats go: where the model's points say, or (for comparison) where the template puts them. */
  readonly positions?: 'model' | 'template';
  /** What the decoder looks at; for comparison. Template positions have no hidden states to look at. */
  readonly use?: DecoderUse;
  /** Milliseconds each stage took, filled in as they end. */
  readonly stageMilliseconds?: Record<string, number>;
}

/** Points drawn and how the writing of them ended. */
interface ModelPoints extends HeadPoints {
  /** [count, width] */
  readonly hidden: Float32Array;
}

/** Splats laid out, with what the decoder needs of them. */
interface Layout {
  readonly draft: SplatDraft;
  readonly surface: DraftSurface;
  readonly covered: CoveredPortrait;
  readonly parents: SplatParents;
  readonly hidden: Float32Array;
}

const SPLATS_PER_POINT = 8;
const DEFAULT_TEMPLATE_SPLATS = 50_000;
/** A splat's size by the distance of splats, for points made up around the template's. */
const SIGMA_OF_SPACING = 0.66;
/** Shortest time between two heads shown while points are written. */
const PREVIEW_PAUSE_MS = 500;

/**
 * The trained generator: a point transformer writes where on the fitted surface there is how much to see, splats are laid
 * out as densely as its points and coloured from the portrait, and a Gaussian decoder fed with the transformer's hidden
 * states gives them shape, opacity and the colours that the portrait does not show. The same for the same seed.
 */
export class AutoregressiveGenerator implements AvatarGenerator {
  readonly name = 'autoregressive';
  readonly #rig: Rig;
  readonly #zones: RigZones;
  readonly #lattice: SiteLattice;
  readonly #model: Pick<GeneratorModel, 'writePoints' | 'decodeSplats' | 'manifest'>;
  readonly #options: AutoregressiveGeneratorOptions;

  constructor(
    rig: Rig, lattice: SiteLattice, model: Pick<GeneratorModel, 'writePoints' | 'decodeSplats' | 'manifest'>,
    options: AutoregressiveGeneratorOptions = {},
  ) {
    this.#rig = rig;
    this.#zones = findRigZones(rig);
    this.#lattice = lattice;
    this.#model = model;
    this.#options = options;
  }

  async *generate(portrait: AnalysedPortrait, options: GenerateOptions): AsyncGenerator<PointBatch, BoundSplats, void> {
    const random = new SeededRandom(options.seed);
    const stages = new Stages(options, this.#options.stageMilliseconds);
    const header = headerOf(this.#rig, portrait, this.name);
    const fitted = await stages.run('placing', 0, () => placePortrait(this.#rig, portrait));
    const covered = await stages.run('covering', 0.06, () => coverPortrait(fitted, this.#zones));
    const coarse = await stages.run('coarse', 0.12, () => coarseHead(covered, COARSE_SPLATS, options.seed, header));
    yield { splats: coarse, whole: true, pointsSoFar: 0, pointsExpected: undefined };
    const { surface, evidence } = await stages.run('features', 0.16, () => {
      const surface = draftSurface(covered.head, covered.covering);
      return { surface, evidence: portraitEvidence(surface, portrait, covered.labels, covered.matte) };
    });
    const placed = placeSites(this.#lattice, surface, covered.isHairThere);
    let layout: Layout;
    let pointCount: number;
    if (this.#options.positions === 'template') {
      layout = await stages.run('sampling', 0.3, () => this.#layOutTemplate(covered, surface, random));
      pointCount = layout.draft.count;
    } else {
      const points = yield* this.#writePoints(covered, surface, placed, evidence, header, options, stages);
      layout = await stages.run('sampling', 0.5, () => this.#layOut(covered, surface, placed, points, random));
      pointCount = points.sites.length;
    }
    const painted = await stages.run('colors', 0.6, () => paintDraft(layout.covered, layout.draft, random));
    const decoded = await stages.run('decoding', 0.68, () => this.#decode(layout, painted, evidence, options.signal));
    liftSplats(layout.draft, decoded);
    const colors = dressColors(layout.draft, painted, decoded);
    const coated = layUndercoat(layout.draft, dressSplats(layout.draft, writeSplats(covered.head, layout.draft, colors, header), decoded));
    const { splats } = coated;
    yield { splats, whole: true, pointsSoFar: pointCount, pointsExpected: pointCount };
    const solved = await stages.run('solving', 0.76, () =>
      solveFittedView(covered.head, layout.draft, coated, portrait, covered.matte, covered.labels, painted.trust));
    stages.done();
    return { ...splats, colors: solved };
  }

  /** All points of a head; on the way, heads of those written so far. */
  async *#writePoints(
    covered: CoveredPortrait, surface: DraftSurface, placed: PlacedSites, evidence: PortraitEvidence, header: AvatarHeader,
    options: GenerateOptions, stages: Stages,
  ): AsyncGenerator<PointBatch, ModelPoints, void> {
    const lattice = this.#lattice;
    const condition = await stages.run('looking', 0.2, () => ({
      picture: normalisePicture(cropPicture(covered.portrait.image, evidence.crop)),
      siteFeatures: siteFeatures(lattice, surface, placed, evidence), available: placed.available,
    }));
    const stream = this.#model.writePoints(condition, { seed: options.seed, signal: options.signal });
    const sites: number[] = [];
    let shownMs = -Infinity;
    let fraction = 0;
    try {
      for (;;) {
        const step = await stages.run('writing', 0.25 + 0.25 * fraction, () => stream.next());
        if (step.done === true) {
          const { heightLevels, hidden } = step.value;
          return { sites: step.value.sites, heights: Float32Array.from(heightLevels, heightMeters), hidden };
        }
        const chunk = step.value;
        ({ fraction } = chunk);
        sites.push(...chunk.sites);
        if (performance.now() - shownMs < PREVIEW_PAUSE_MS || sites.length === 0) continue;
        const { pointsSoFar, pointsExpected } = chunk;
        yield { splats: this.#headSoFar(covered, surface, placed, Uint32Array.from(sites), options.seed, header), whole: true, pointsSoFar, pointsExpected };
        shownMs = performance.now();
      }
    } finally {
      // Gives the device back when the head is given up halfway; after the end it does nothing.
      await stream.return(undefined as never);
    }
  }

  #headSoFar(
    covered: CoveredPortrait, surface: DraftSurface, placed: PlacedSites, sites: Uint32Array, seed: number, header: AvatarHeader,
  ): BoundSplats {
    const draft = draftOfPoints(surface, this.#lattice, placed, sites);
    return writeSplats(covered.head, draft, paintDraft(covered, draft, new SeededRandom(seed)).colors, header);
  }

  #layOut(covered: CoveredPortrait, surface: DraftSurface, placed: PlacedSites, points: ModelPoints, random: SeededRandom): Layout {
    const { splatCount, splatsPerPoint = SPLATS_PER_POINT } = this.#options;
    const made = draftFromPoints(surface, this.#lattice, placed, points, {
      splatsPerPoint: splatCount === undefined ? splatsPerPoint : splatCount / Math.max(1, points.sites.length),
      isHairThere: covered.isHairThere,
    }, random);
    const raised: CoveredPortrait = { ...covered, covering: made.raised.covering };
    const draft = keepToOutline(raised, made.draft, random);
    return { draft, surface: made.raised, covered: raised, parents: findParents(draft, made.field), hidden: points.hidden };
  }

  /** The template's splats, for which points as far from each other as their sizes say are made up. */
  #layOutTemplate(covered: CoveredPortrait, surface: DraftSurface, random: SeededRandom): Layout {
    const draft = templateDraft(covered, this.#options.splatCount ?? DEFAULT_TEMPLATE_SPLATS, random);
    const spacingsMeters = draft.sigmas.map((sigma) => (sigma / SIGMA_OF_SPACING) * Math.sqrt(SPLATS_PER_POINT));
    return {
      draft, surface, covered, hidden: new Float32Array(this.#model.manifest.width),
      parents: {
        parents: new Uint32Array(draft.count), spacingsMeters, distancesMeters: spacingsMeters.map((meters) => 0.5 * meters),
        heightsMeters: new Float32Array(draft.count),
      },
    };
  }

  #decode(layout: Layout, painted: PaintedColors, evidence: PortraitEvidence, signal: AbortSignal): Promise<DecodedSplats> {
    const { draft, surface, parents, hidden } = layout;
    const use = this.#options.positions === 'template' ? { features: false, position: true } : this.#options.use;
    return this.#model.decodeSplats({
      features: childFeatures(surface, draft, parents, painted, evidenceOn(evidence, surface)),
      positions: draft.metric, hidden, parents: parents.parents,
    }, { signal, ...(use === undefined ? {} : { use }) });
  }
}
