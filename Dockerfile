# PostgreSQL with bookonce: docker build --build-arg MAJOR=17 -t bookonce .
# SPDX-License-Identifier: PostgreSQL
ARG MAJOR=17

FROM postgres:${MAJOR}-bookworm AS build
ARG MAJOR
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make perl "postgresql-server-dev-${MAJOR}" \
    && rm -rf /var/lib/apt/lists/*
COPY Makefile /src/
COPY extension /src/extension
COPY sql /src/sql
COPY scripts /src/scripts
WORKDIR /src
RUN make WERROR= && make install WERROR= DESTDIR=/stage

FROM postgres:${MAJOR}-bookworm
COPY --from=build /stage/usr /usr
