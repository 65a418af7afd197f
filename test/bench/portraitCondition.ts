import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { CHILD_FEATURE_COUNT } from '../../server/generator/autoregressive/childFeatures.ts';
import { cropPicture, normalisePicture } from '../../server/generator/autoregressive/picture.ts';
import { portraitEvidence } from '../../server/generator/autoregressive/portraitEvidence.ts';
import { SITE_FEATURE_COUNT, siteFeatures } from '../../server/generator/autoregressive/siteFeatures.ts';
import { loadLattice } from '../../server/generator/autoregressive/siteLattice.ts';
import { placeSites } from '../../server/generator/autoregressive/sitePlacement.ts';
import { draftSurface } from '../../server/generator/draftSurface.ts';
import { coverPortrait, placePortrait } from '../../server/generator/fittedPortrait.ts';
import { findRigZones } from '../../server/generator/rigZones.ts';
import type { GeneratorSurroundings } from '../../server/inference/generatorModel.ts';
import type { PointCondition } from '../../server/inference/pointWriter.ts';

/** What the point transformer is given for a portrait, made as the product makes it. */
export async function portraitCondition(file: Uint8Array): Promise<{ condition: PointCondition; surroundings: GeneratorSurroundings }> {
  const maker = await AvatarMaker.load();
  try {
    const { rig } = maker;
    const portrait = await maker.analyse(file);
    const lattice = await loadLattice(rig);
    const { head, covering, labels, matte, isHairThere } = coverPortrait(placePortrait(rig, portrait), findRigZones(rig));
    const surface = draftSurface(head, covering);
    const placed = placeSites(lattice, surface, isHairThere);
    const evidence = portraitEvidence(surface, portrait, labels, matte);
    return {
      condition: {
        picture: normalisePicture(cropPicture(portrait.image, evidence.crop)), siteFeatures: siteFeatures(lattice, surface, placed, evidence),
        available: placed.available,
      },
      surroundings: { lattice, siteChannels: SITE_FEATURE_COUNT, childChannels: CHILD_FEATURE_COUNT },
    };
  } finally {
    await maker.dispose();
  }
}
