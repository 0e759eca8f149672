# syntax=docker/dockerfile:1
# Where images come from. eng/pin-images.sh puts the digests behind the tags; releases are built with them.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG HELM_IMAGE=docker.io/alpine/helm:4.2.3

# On the machine that builds, for the one that runs: nothing of .NET is emulated.
FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
COPY crds/ crds/
COPY deploy/policies/ deploy/policies/
COPY examples/ examples/
ARG TARGETARCH
ARG VERSION=0.0.0
ARG COMMIT=
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish src/GitOps.Operator/GitOps.Operator.csproj --configuration Release --arch "$TARGETARCH" --self-contained false \
    -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false -p:Version="$VERSION" -p:SourceRevisionId="$COMMIT" --output /app

FROM ${HELM_IMAGE} AS helm

FROM ${RUNTIME_IMAGE}
# tini: when a git is stopped, what it had started has nobody else to wait for it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git git-lfs gpg gpgconf openssh-client tini tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf /var/log/apt /var/log/dpkg.log
COPY --from=helm /usr/bin/helm /usr/local/bin/helm
COPY --from=build /app /app
ARG RUNTIME_IMAGE
ARG VERSION=0.0.0
ARG COMMIT=
LABEL org.opencontainers.image.title="GitOps.Operator" \
      org.opencontainers.image.description="Keeps a Kubernetes cluster equal to what Git says" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.base.name="$RUNTIME_IMAGE"
# The user of the base image: no name to look up, so that runAsNonRoot can be checked.
USER 1654:1654
ENV GITOPS_CACHE_DIRECTORY=/tmp/gitops-operator
EXPOSE 8080
ENTRYPOINT ["/usr/bin/tini", "-s", "--", "/app/gitops-operator"]
CMD ["run"]
