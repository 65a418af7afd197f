import { z } from 'zod';
import { avatarRefSchema } from './avatarRef.ts';
import { wireErrorSchema } from './errors.ts';
import { jobStatusSchema } from './jobs.ts';
import { tokenSchema } from './signaling.ts';

/** Paths of the HTTP interface (PROTOCOL.md chapter HTTP). Tokens travel as `Authorization: Bearer TOKEN`. */
export const HTTP_PATHS = {
  owners: '/api/owners',
  avatars: '/api/avatars',
  avatar: (hash: string) => `/api/avatars/${hash}`,
  job: (jobId: string) => `/api/avatars/jobs/${jobId}`,
  health: '/api/health',
  ready: '/api/ready',
  metrics: '/metrics',
  /** MediaPipe's wasm files: `FilesetResolver.forVisionTasks` takes this folder. */
  mediapipeWasm: '/mediapipe/wasm',
  /** The face landmarker's model bundle. */
  faceLandmarker: '/mediapipe/face_landmarker.task',
  /** `models.json`: what the face models here can do; `blendshapesAvailable` tells whether the bundle estimates blendshapes. */
  faceModels: '/mediapipe/models.json',
  /** The rig an avatar's header names; immutable. */
  rig: (rigHash: string) => `/rigs/${rigHash}.rig`,
  /** The rig this server makes avatars for. */
  currentRig: '/rigs/head.rig',
} as const;

/** Name of the multipart file part of `POST /api/avatars`. */
export const PORTRAIT_PART = 'portrait';
export const AVATAR_CONTENT_TYPE = 'application/octet-stream';

/** Body of every HTTP answer with a status of 400 or more. */
export const errorBodySchema = z.object({ error: wireErrorSchema });

/** `POST /api/owners`, for those without a socket: 201. */
export const createOwnerReplySchema = z.object({ ownerToken: tokenSchema });

/** `POST /api/avatars`: 202. */
export const createAvatarReplySchema = z.object({ status: jobStatusSchema, statusUrl: z.string() });
export type CreateAvatarReply = z.infer<typeof createAvatarReplySchema>;

/** `PUT /api/avatars/:hash`: 201, or 200 where the owner had it already. */
export const bringAvatarReplySchema = z.object({ avatar: avatarRefSchema });

/** `GET` and `DELETE /api/avatars/jobs/:jobId`. */
export const jobReplySchema = z.object({ status: jobStatusSchema });

/** `GET /api/health`: 200 while the process serves. */
export const healthReplySchema = z.object({
  status: z.literal('ok'), version: z.string(), protocolVersion: z.number().int(), uptimeSeconds: z.number(),
  generator: z.object({
    /** As configured. */
    wanted: z.string(),
    /** What makes heads; absent until the generation process has started. */
    used: z.string().optional(),
    /** Why it is another than the wanted one. */
    reason: z.string().optional(),
  }),
});

/** `GET /api/ready`: 200 when rooms can be joined and heads can be made, else 503 with the same body. */
export const readyReplySchema = z.object({
  status: z.enum(['ready', 'not-ready']),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), reason: z.string().optional() })),
});
