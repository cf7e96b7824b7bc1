# Two images: `docker build --target operator .` and `docker build --target trial-runner .`. Both are built by scripts that the tests of
# the cluster run too, and hold nothing but Node, the libraries that it links, the packages that run, and archsearch.

FROM node:22-bookworm AS source
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .

FROM source AS operator-layers
RUN scripts/image-layers.sh operator /layers

FROM source AS trial-runner-layers
# tensorflow runs on GPUs where the node's container runtime brings CUDA; tensorflow-cpu is smaller.
ARG TF_WHEEL=tensorflow
RUN npm run --silent setup && scripts/image-layers.sh trial-runner /layers

FROM scratch AS operator
COPY --from=operator-layers /layers/system /
COPY --from=operator-layers /layers/packages /
COPY --from=operator-layers /layers/archsearch /
ENV PATH=/usr/bin NODE_ENV=production HOME=/archsearch/work
WORKDIR /archsearch/work
USER 65532:65532
ENTRYPOINT ["node", "/app/cli/main.js"]
CMD ["operator"]

FROM scratch AS trial-runner
COPY --from=trial-runner-layers /layers/system /
COPY --from=trial-runner-layers /layers/packages /
COPY --from=trial-runner-layers /layers/archsearch /
ENV PATH=/usr/bin NODE_ENV=production HOME=/archsearch/work TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /archsearch/work
USER 65532:65532
ENTRYPOINT ["node", "/app/trial-runner/main.js"]
