# syncer in a container: `docker run IMAGE` plans, `docker run IMAGE apply --yes` applies.
#
#   docker build -t syncer .
#   docker run --read-only -v "$PWD/config:/config:ro" -v syncer-state:/state \
#       -e ASANA_SCIM_TOKEN syncer
#
# The config is /config/syncer.yaml. It is mounted read-only, so let `journal:` and `ledger:`
# in it point to the volume: /state/journal and /state/ledger.sqlite.
ARG PYTHON=3.13.9-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/syncer
WORKDIR /source
COPY requirements.lock ./
RUN /opt/syncer/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY syncer syncer
COPY configs/quickstart configs/quickstart
# The installer has done its work: what is not in the image cannot be misused.
RUN /opt/syncer/bin/pip install --no-deps . \
    && /opt/syncer/bin/pip uninstall --yes pip \
    && /opt/syncer/bin/syncer --version

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="syncer" \
      org.opencontainers.image.description="Declarative directory-to-Asana sync" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 syncer \
    && useradd --uid 10001 --gid syncer --no-create-home --home-dir /state syncer \
    && install -d -o syncer -g syncer /state /config
COPY --from=build /opt/syncer /opt/syncer
ENV PATH=/opt/syncer/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SYNCER_CONFIG=/config/syncer.yaml
USER 10001:10001
WORKDIR /state
VOLUME /state
ENTRYPOINT ["syncer"]
CMD ["plan"]
