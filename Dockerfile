# The command in an image: docker run --rm -v "$PWD:/src:ro" iac-imds-lint check
FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
COPY requirements-image.txt /tmp/
RUN python -m venv /opt/iac-imds-lint \
    && /opt/iac-imds-lint/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements-image.txt
COPY . /tmp/source
RUN /opt/iac-imds-lint/bin/pip install --no-cache-dir --no-deps --no-build-isolation /tmp/source \
    && /opt/iac-imds-lint/bin/pip uninstall --yes hatchling pip

FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
# --diff-base asks git. Debian keeps one version of it in a release, so its number cannot be pinned.
# Who owns a repository that is mounted is somebody else, which git refuses unless it is told that this is meant.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*' \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin imds
COPY --from=build /opt/iac-imds-lint /opt/iac-imds-lint
ENV PATH=/opt/iac-imds-lint/bin:$PATH
USER 10001
WORKDIR /src
ENTRYPOINT ["iac-imds-lint"]
CMD ["check"]
