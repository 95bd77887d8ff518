# The service with its bundled models. No torch, no compiler, no pip in the image that runs; nothing is fetched at start.
#   docker build -t magpie . && docker run --rm -p 8000:8000 magpie
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/magpie
# What rarely changes comes first, so that a change of code does not install the libraries again.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > base.txt \
    && python -m pip --python /opt/magpie/bin/python install --no-cache-dir -c constraints.txt -r base.txt
COPY README.md LICENSE ./
COPY service ./service
COPY models ./models
RUN python -m pip --python /opt/magpie/bin/python install --no-cache-dir --no-deps . \
    && mkdir -p /var/lib/magpie/models

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Magpie" \
      org.opencontainers.image.description="Self-hosted English-Chinese translation of social text" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/magpie /opt/magpie
COPY --from=build --chown=10001:10001 /var/lib/magpie /var/lib/magpie
ENV PATH=/opt/magpie/bin:$PATH \
    HOME=/var/lib/magpie \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MAGPIE_HOST=0.0.0.0 \
    MAGPIE_PORT=8000 \
    MAGPIE_MODELS_DIR=/var/lib/magpie/models
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['MAGPIE_PORT'] + '/ready', timeout=4)"]
ENTRYPOINT ["magpie"]
CMD ["serve"]
