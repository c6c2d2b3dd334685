# liqscape as an image: no user, a root that may be read-only, kernels compiled inside. docs/operations.md, "In a container".
#
#     docker build -t liqscape .
#     docker run --read-only --tmpfs /tmp -v liqscape:/data -e LIQSCAPE_TOKEN -p 127.0.0.1:8417:8417 liqscape

FROM node:22-bookworm-slim AS page
WORKDIR /source
COPY frontend/package.json frontend/package-lock.json frontend/
RUN npm ci --prefix frontend --no-audit --no-fund --loglevel=error
COPY frontend frontend
RUN npm run build --prefix frontend --silent

FROM python:3.11-slim-bookworm AS package
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY requirements.lock constraints.txt ./
RUN python -m venv /opt/liqscape
RUN /opt/liqscape/bin/pip install --quiet --require-hashes --requirement requirements.lock
RUN python -m venv /opt/builder && /opt/builder/bin/pip install --quiet --constraint constraints.txt hatchling
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE NOTICE ./
COPY src src
COPY --from=page /source/src/liqscape/web/static src/liqscape/web/static
RUN /opt/builder/bin/python -m hatchling build --target wheel --directory /wheel
RUN /opt/liqscape/bin/pip install --quiet --no-deps /wheel/liqscape-*.whl
# Code for any processor of this kind: kept for the builder's own it would be compiled again at every start elsewhere.
ARG CPU=generic
ENV NUMBA_CACHE_DIR=/opt/liqscape/kernels NUMBA_CPU_NAME=${CPU} NUMBA_CPU_FEATURES=""
RUN /opt/liqscape/bin/liqscape warm

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="liqscape" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 liqscape && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp liqscape && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=package /opt/liqscape /opt/liqscape
COPY deploy/liqscape.toml /etc/liqscape/liqscape.toml
ARG CPU=generic
ENV PATH=/opt/liqscape/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp NUMBA_CACHE_DIR=/opt/liqscape/kernels NUMBA_CACHE_LOCATOR_CLASSES=liqscape.risk.kernels.readable_cache.ReadableCacheLocator NUMBA_CPU_NAME=${CPU} NUMBA_CPU_FEATURES=""
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8417
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8417/healthz', timeout=4)"]
ENTRYPOINT ["liqscape"]
CMD ["serve"]
