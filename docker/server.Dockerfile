# The server's image: Node, the C library and the bundle. Built from the repository's root after `npm run build`
# (`npm run images` does both):
#
#   docker build --file docker/server.Dockerfile --build-arg VERSION=0.1.0 --tag rolecall-server:0.1.0 .
#
# Nothing in it depends on the architecture: `docker buildx build --platform linux/amd64,linux/arm64 …` makes both.
ARG BASE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${BASE_IMAGE} AS files
COPY docker/collect-files.sh /
RUN sh /collect-files.sh /files /usr/local/bin/node
# The command rolecall, for `kubectl exec`.
RUN printf '#!/usr/local/bin/node\nimport("/app/cli/main.cjs");\n' >/files/usr/local/bin/rolecall \
 && chmod 755 /files/usr/local/bin/rolecall

FROM scratch
COPY --from=files /files /
COPY dist/rolecall /app/rolecall
COPY dist/grpc /app/grpc
COPY dist/server /app/server
COPY dist/cli/main.cjs /app/cli/main.cjs
ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production \
    # The C library otherwise keeps a heap for each thread: 19 MB more before there is a single pod.
    MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
# A number, so that the kubelet can see that it is not root.
USER 65532:65532
EXPOSE 9610 9620
ARG VERSION=0.0.0
LABEL org.opencontainers.image.title="rolecall-server" \
      org.opencontainers.image.description="Obtains IAM role credentials for pods and feeds them to the agents of their nodes" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# The heap's limit follows the container's memory limit. The young generation would take up to 48 MB by itself, and V8 would
# rather let the heap grow than collect what the pages of a list leave behind: 210 MB at 10,000 pods instead of 110.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "--memory-saver-mode", "/app/server/main.cjs"]
