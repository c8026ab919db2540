# The service in a container: `offender-gateway serve`, as on any machine. Settings come from the environment.

FROM node:22-bookworm-slim AS page
WORKDIR /src/graphiql
COPY graphiql/package.json graphiql/package-lock.json graphiql/.npmrc ./
RUN npm ci --ignore-scripts
COPY graphiql ./
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
ENV VIRTUAL_ENV=/opt/gateway
WORKDIR /src
COPY requirements/app.txt requirements/build.txt requirements/
# The project is built by a Python of its own, so that what builds it is nowhere near what runs.
RUN python -m venv building \
    && building/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement requirements/build.txt \
    && python -m venv --without-pip "$VIRTUAL_ENV" \
    && building/bin/pip --python "$VIRTUAL_ENV" install --no-cache-dir --only-binary :all: --require-hashes \
        --requirement requirements/app.txt
COPY pyproject.toml ./
COPY gateway gateway
COPY execution execution
COPY schema schema
COPY resolvers resolvers
COPY upstreams upstreams
COPY --from=page /src/gateway/static gateway/static
RUN building/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir wheels . \
    && building/bin/pip --python "$VIRTUAL_ENV" install --no-cache-dir --no-index --no-deps wheels/*.whl

FROM python:3.13-slim-bookworm AS gateway
ENV VIRTUAL_ENV=/opt/gateway
ENV PATH=/opt/gateway/bin:$PATH
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1
# The container has an address of its own, and what is outside decides who reaches it.
ENV GATEWAY_HOST=0.0.0.0
ENV GATEWAY_PORT=8080
RUN python -m pip uninstall --yes pip && useradd --system --uid 10001 --no-create-home gateway
COPY --from=packages /opt/gateway /opt/gateway
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s \
    CMD ["python", "-c", "from os import environ as e; from urllib.request import urlopen as u; u(f'http://127.0.0.1:{e[\"GATEWAY_PORT\"]}/health/ping', timeout=3)"]
ENTRYPOINT ["offender-gateway"]
CMD ["serve"]
