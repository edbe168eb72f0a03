# The native bridge of the Temporal SDK needs glibc: Debian slim, not Alpine.
FROM node:20.20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev
# The bridge comes for five platforms, about 110 MB of them for others than this one.
RUN node scripts/prune-bridges.js

FROM node:20.20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
# Reports go there unless the policy says otherwise; a volume keeps the owner of the folder that it is mounted on.
RUN mkdir -p /var/lib/phased-rollback && chown 1000:1000 /var/lib/phased-rollback
COPY --from=build /app/package.json ./
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY --from=build /app/node_modules node_modules
USER 1000:1000
ENTRYPOINT ["node", "bin/phased-rollback.js"]
