# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
COPY crds/ crds/
COPY deploy/policies/ deploy/policies/
COPY examples/ examples/
ARG VERSION=0.0.0
ARG COMMIT=
RUN dotnet publish src/GitOps.Operator/GitOps.Operator.csproj --configuration Release --use-current-runtime --self-contained false \
    -p:PublishReadyToRun=true -p:Version="$VERSION" -p:SourceRevisionId="$COMMIT" --output /app

FROM docker.io/alpine/helm:4.2.3 AS helm

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git git-lfs gpg gpgconf openssh-client tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
COPY --from=helm /usr/bin/helm /usr/local/bin/helm
# The user of the base image: no name to look up, so that runAsNonRoot can be checked.
USER 1654:1654
ENV GITOPS_CACHE_DIRECTORY=/tmp/gitops-operator \
    DOTNET_TieredPGO=0
EXPOSE 8080
ENTRYPOINT ["/app/gitops-operator"]
CMD ["run"]
