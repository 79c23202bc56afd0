# syncer in a container: `docker run IMAGE` plans, `docker run IMAGE apply --yes` applies.
#
#   docker build -t syncer .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#       -v "$PWD/config:/config:ro" -v syncer-state:/state -e ASANA_SCIM_TOKEN syncer
#
# The config is /config/syncer.yaml. It is mounted read-only, so let `journal:` and `ledger:`
# in it point to the volume: /state/journal and /state/ledger.sqlite.
#
# Any image with python3 (3.11 or newer) and its venv module does as BASE, on any architecture
# for which PyPI has wheels of the locked packages: amd64 and arm64 have them all. Nothing here
# names one, so `docker buildx build --platform linux/amd64,linux/arm64 .` makes both.
#
# There is no HEALTHCHECK, for a run is no service: ask `syncer health` from outside.
ARG BASE=docker.io/library/python:3.13.9-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
# The tools that build are not those that run: nothing of this one gets into the image.
COPY .ci/requirements-build.lock ./
RUN python3 -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock
# Without an installer: what is not in the image cannot be misused.
COPY requirements.lock ./
RUN python3 -m venv --without-pip /opt/syncer \
    && /opt/build/bin/pip --python /opt/syncer/bin/python install \
        --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY syncer syncer
COPY configs/quickstart configs/quickstart
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/build/bin/pip --python /opt/syncer/bin/python install --no-index --no-deps /wheels/*.whl \
    && /opt/syncer/bin/syncer --version
# What is in it, for whoever has to answer for that: CycloneDX, read off what is installed. The
# packages of the base are not in this list; ask the image's own package manager for those.
COPY .ci/requirements-sbom.lock ./
RUN python3 -m venv /opt/sbom \
    && /opt/sbom/bin/pip install --require-hashes --only-binary :all: -r requirements-sbom.lock \
    && /opt/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
        --output-format JSON --output-file /syncer.cdx.json /opt/syncer/bin/python

FROM ${BASE}
ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="syncer" \
      org.opencontainers.image.description="Declarative directory-to-Asana sync" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 syncer \
    && useradd --uid 10001 --gid syncer --no-create-home --home-dir /state --shell /usr/sbin/nologin syncer \
    && install -d -m 0700 -o syncer -g syncer /state \
    && install -d /config
COPY --from=build /syncer.cdx.json /usr/share/doc/syncer/syncer.cdx.json
COPY --from=build /opt/syncer /opt/syncer
ENV PATH=/opt/syncer/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SYNCER_CONFIG=/config/syncer.yaml
USER 10001:10001
WORKDIR /state
VOLUME /state
# No shell in between: the program is process 1 and hears SIGTERM itself.
STOPSIGNAL SIGTERM
ENTRYPOINT ["syncer"]
CMD ["plan"]
