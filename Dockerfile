# The bot for Microsoft Teams, without tests, local Teams or embedded database: see docs/deploy.md.
FROM python:3.11-slim AS build
WORKDIR /source
COPY .ci/requirements.lock .ci/
# Everything with its hash; of all this only hatchling is needed here, and nothing stays.
RUN pip install --no-cache-dir --require-hashes --no-deps -r .ci/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cards cards
COPY storage storage
COPY manifest manifest
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY .ci/requirements-serve.lock /install/
COPY --from=build /wheel /install/wheel
RUN pip install --no-cache-dir --require-hashes --no-deps -r /install/requirements-serve.lock \
    && pip install --no-cache-dir --no-deps /install/wheel/*.whl \
    && rm -r /install/requirements-serve.lock /install/wheel \
    && useradd --system --no-create-home --shell /usr/sbin/nologin consultflow
USER consultflow
EXPOSE 3978
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"CONSULTFLOW_PORT\") or 3978}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["consultflow"]
CMD ["serve"]
