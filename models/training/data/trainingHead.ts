import type { SiteLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { placeSites } from '../../../server/generator/autoregressive/sitePlacement.ts';
import type { AvatarMaker } from '../../../server/generator/avatarMaker.ts';
import { fitCovering, hairTest } from '../../../server/generator/covering.ts';
import { signedDistance } from '../../../server/generator/distanceField.ts';
import { draftSurface } from '../../../server/generator/draftSurface.ts';
import { placeFittedHead } from '../../../server/generator/fittedHead.ts';
import { labelPortrait } from '../../../server/generator/labelMap.ts';
import { findRigZones, ZONE, type RigZones } from '../../../server/generator/rigZones.ts';
import type { HairTest } from '../../../server/generator/splatDraft.ts';
import type { AnalysedPortrait } from '../../../server/perception/analysedPortrait.ts';
import type { FittedSurface } from './siteTruth.ts';

/** A portrait fitted as the product fits it. */
export interface TrainingHead extends FittedSurface {
  readonly portrait: AnalysedPortrait;
  readonly isHairThere: HairTest;
}

/** Fits portraits for training with the product's own code. */
export class HeadFitter {
  readonly maker: AvatarMaker;
  readonly lattice: SiteLattice;
  readonly #zones: RigZones;
  readonly #overScalp: Uint8Array;

  constructor(maker: AvatarMaker, lattice: SiteLattice) {
    this.maker = maker;
    this.lattice = lattice;
    this.#zones = findRigZones(maker.rig);
    this.#overScalp = new Uint8Array(maker.rig.faceCount);
    const { shell: { rigFaces, faces }, shellZones } = this.#zones;
    rigFaces.forEach((face, i) => {
      const corners = [0, 1, 2].filter((corner) => shellZones[faces[i * 3 + corner]!] === ZONE.scalp);
      this.#overScalp[face] = corners.length >= 2 ? 1 : 0;
    });
  }

  /** @throws {StippleError} a portrait's refusal */
  async fit(jpeg: Uint8Array): Promise<TrainingHead> {
    return this.fitAnalysed(await this.maker.analyse(jpeg));
  }

  fitAnalysed(portrait: AnalysedPortrait): TrainingHead {
    const head = placeFittedHead(this.maker.rig, portrait);
    const labels = labelPortrait(portrait);
    const matte = signedDistance(portrait.matte, portrait.image.width, portrait.image.height);
    const covering = fitCovering(head, this.#zones, portrait, labels, matte);
    const surface = draftSurface(head, covering);
    const isHairThere = hairTest(head, this.#zones, labels, matte);
    const placed = placeSites(this.lattice, surface, isHairThere);
    return { portrait, lattice: this.lattice, surface, placed, isHairThere, overScalp: this.#overScalp, context: { head, covering, portrait, labels, matte } };
  }
}
