# One image for every process of Tickwire; a hub unless told otherwise:
#   docker run tickwire node --import tsx processes/feed.ts
# Debian trixie, because the binary of uWebSockets.js for Node 24 wants glibc 2.38.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /tickwire
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What .dockerignore lets through: what runs, without tests.
COPY . .
RUN node --import tsx deploy/image/main.ts

FROM ${NODE_IMAGE}
# Nothing is written anywhere: the root may be read-only, and there need be no /tmp.
ENV NODE_ENV=production \
    TSX_DISABLE_CACHE=1 \
    TICKWIRE_HOST=0.0.0.0 \
    TICKWIRE_OPERATIONS_HOST=0.0.0.0 \
    TICKWIRE_FEED_HOST=0.0.0.0
WORKDIR /tickwire
COPY --from=build /tickwire ./
# The user "node" of the image; by number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 8080 8082 9090
STOPSIGNAL SIGTERM
# Whether the event loop turns. Whether Redis answers is no part of it: a restart would mend nothing.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TICKWIRE_OPERATIONS_PORT || 9090}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=20", "--import", "tsx", "processes/hub.ts"]
