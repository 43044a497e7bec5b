# A bootstrap container for Bottlerocket, which has no shell to run guard.sh: the agent's image with another command.
ARG AGENT_IMAGE
FROM ${AGENT_IMAGE}
ENTRYPOINT ["/usr/local/bin/node", "/app/keeper/main.cjs", "guard", "--state-dir=/tmp/rolecall"]
