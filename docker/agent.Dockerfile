# The image of agent and keeper: Node, both bundles, iptables (nf_tables and legacy) and ip with their libraries, and test for
# the kubelet's probes. Built from the repository's root after `npm run build` (`npm run images` does both):
#
#   docker build --file docker/agent.Dockerfile --build-arg VERSION=0.1.0 --tag rolecall-agent:0.1.0 .
#
# Nothing in it depends on the architecture: `docker buildx build --platform linux/amd64,linux/arm64 …` makes both.
ARG BASE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${BASE_IMAGE} AS files
RUN apt-get update && apt-get install --yes --no-install-recommends iptables iproute2
COPY docker/collect-files.sh /
# iptables loads its matches and targets from the directory xtables, whose place depends on the architecture.
RUN sh /collect-files.sh /files /usr/local/bin/node /usr/bin/test /usr/sbin/ip \
    /usr/sbin/ip*tables /usr/sbin/ip*tables-save /usr/sbin/ip*tables-restore /usr/sbin/ip*tables-nft* /usr/sbin/ip*tables-legacy* \
    /usr/lib/*/xtables

FROM scratch
COPY --from=files /files /
COPY dist/rolecall /app/rolecall
COPY dist/grpc /app/grpc
COPY dist/agent /app/agent
COPY dist/keeper /app/keeper
ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin NODE_ENV=production \
    # The C library otherwise keeps a heap for each thread, and what the compiler once used stays in it.
    MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
# The agent's, which has no right over its node. The keeper runs as root: the chart says so, and gives it its command.
USER 65532:65532
ARG VERSION=0.0.0
LABEL org.opencontainers.image.title="rolecall-agent" \
      org.opencontainers.image.description="Answers the instance metadata address for the pods of a node" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# A DaemonSet's memory counts on every node. Node's own settings let the agent's private memory grow to 120 MB in a flood of
# requests and keep it. Here the compiler's threads are kept few, one optimising compiler is left out that saves no time where
# the other is there, and --expose-gc lets the agent collect once a burst is over. The young generation stays large enough
# that fewer than one request in a hundred meets a scavenge. V8 would otherwise come to make the listener arrays of sockets in
# the old generation (allocation-site pretenuring), from where each holds its dead connection until a full collection: scavenges
# took ten times as long. To favour size throughout (--optimize-for-size, --memory-saver-mode) would cost a third of the
# throughput. Node takes most of these only as arguments.
ENTRYPOINT ["/usr/local/bin/node", "--expose-gc", "--max-semi-space-size=8", "--max-old-space-size=64", \
    "--no-allocation-site-pretenuring", "--no-concurrent-recompilation", "--no-maglev", "--v8-pool-size=1", "/app/agent/main.cjs"]
