# Makefile: the extension by PGXS (all, install, installcheck), and the house's own targets below it.
# The one version number is in extension/bookonce.control; everything else reads it from there.
# SPDX-License-Identifier: PostgreSQL

BOOKONCE_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" extension/bookonce.control)

PG_CONFIG ?= pg_config

EXTENSION = extension/bookonce
MODULE_big = bookonce
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard extension/*.c extension/*/*.c)))
# UNITY=1 compiles each wing as one file, in a fifth of the time, because most of it goes into PostgreSQL's headers. So
# static names must differ within a wing; whether a file includes what it uses, only the ordinary build sees.
ifeq ($(UNITY),1)
OBJS = $(patsubst %.c,%.o,$(wildcard extension/*.c)) $(patsubst extension/%/,build/unity/%.o,$(wildcard extension/*/))
endif
# One install script, made of these in this order; and an upgrade from each older version (sql/upgrades), which takes
# the text of functions from them too.
SQL_PARTS = $(patsubst %,sql/%.sql,prerequisites types slot_key walls tables booking holders hours kinds integrity \
    availability needs closures waitlist resource_life reading claims dispatch adopt follow json events statistics \
    proxy distribute grants)
DATA_built = build/bookonce--$(BOOKONCE_VERSION).sql \
    $(patsubst sql/upgrades/%,build/bookonce--%,$(wildcard sql/upgrades/*--*.sql))
EXTRA_CLEAN = build

# -Wextra complains of three habits of PostgreSQL's own headers. clang must also bear the flags and attributes of a
# server that was built with gcc; and it says today of an undeclared variable what gcc says with the flags of PostgreSQL
# 18.
# `make WERROR=` is for a compiler that knows more warnings than ours.
WERROR = -Werror
PG_CPPFLAGS = -Iextension -DBOOKONCE_VERSION='"$(BOOKONCE_VERSION)"'
PG_CFLAGS = -std=gnu11 -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
    -Wno-declaration-after-statement
ifneq (,$(findstring clang,$(if $(findstring command,$(origin CC)),$(CC),$(shell $(PG_CONFIG) --cc 2>/dev/null))))
PG_CFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes \
    -Wmissing-variable-declarations
endif
# ASSERT=1 compiles the extension's own assertions in. Debian's server has none, so ours do not depend on the server's.
ifeq ($(ASSERT),1)
PG_CPPFLAGS += -DUSE_ASSERT_CHECKING
endif

# regress/schedule tells the story order. --inputdir keeps pg_regress away from sql/, where the install scripts are.
REGRESS = $(shell sed -n 's/^test: *//p' regress/schedule 2>/dev/null)
ISOLATION = $(patsubst regress/specs/%.spec,%,$(sort $(wildcard regress/specs/*.spec)))
# RESULTS=build/x lets two runs go on at once.
RESULTS = build
REGRESS_OPTS = --inputdir=regress --outputdir=$(RESULTS)/regress
ISOLATION_OPTS = --inputdir=regress --outputdir=$(RESULTS)/isolation --load-extension=bookonce
REGRESS_PREP = $(RESULTS)/regress $(RESULTS)/isolation

# Bitcode would only serve inlining into JIT code, and it needs the very clang that the server was built with.
override with_llvm = no

# The house's own targets begin on a bare machine, where nothing of PostgreSQL is there until `setup` ran: they build
# the extension by scripts/sandbox, in a make of its own. A pg_config without the server's headers (Debian's libpq-dev)
# names a PGXS that is not there.
house_targets = setup demo desk test torture matrix bench sdk docs tidy dist
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifneq (,$(PGXS))
include $(PGXS)
else ifneq (,$(filter-out $(house_targets),$(or $(MAKECMDGOALS),all)))
$(error $(PG_CONFIG) or the server's headers were not found: run scripts/setup, or name one with \
    PG_CONFIG=/path/to/pg_config)
endif

$(RESULTS)/regress $(RESULTS)/isolation:
	mkdir -p $@

build/bookonce--$(BOOKONCE_VERSION).sql: $(SQL_PARTS) extension/bookonce.control
	mkdir -p build
	cat $(SQL_PARTS) > $@

build/bookonce--%.sql: sql/upgrades/%.sql scripts/upgrade_script $(SQL_PARTS)
	mkdir -p build
	scripts/upgrade_script $< $(SQL_PARTS) > $@

# A folder is newer where a file has gone.
build/unity/%.c: $(wildcard extension/*/ extension/*/*.c)
	mkdir -p build/unity
	printf '#include "%s"\n' $(patsubst extension/%,%,$(sort $(wildcard extension/$*/*.c))) > $@

# A change of compiler, server version or ASSERT rebuilds the objects; so does any header, for they are few.
$(OBJS): $(wildcard extension/*.h extension/*/*.h) build/flags
build/flags: flags = $(subst ',,$(CC) $(CPPFLAGS) $(CFLAGS))
build/flags: FORCE
	@mkdir -p build
	@echo '$(flags)' | cmp -s - $@ || echo '$(flags)' > $@
FORCE:

.PHONY: FORCE $(house_targets)

setup:
	scripts/setup

# The demo shows the races, before and after, in a throw-away server.
demo: setup
	scripts/sdk --target bookonce_demo sdk
	+scripts/sandbox run -- build/sdk/demo/bookonce_demo

# A booking desk in the browser: it prints its address, and ends on Ctrl-C.
desk: setup
	scripts/sdk --target bookonce_desk sdk
	+scripts/sandbox run -- examples/desk/run

test: setup
	+scripts/test

# The long form of the tests, with another seed each time.
torture: setup
	+scripts/torture

# Other PostgreSQL versions, and pg_upgrade to them: needs root, the network, 2 GB a version and time.
matrix:
	scripts/matrix

# The short form; `make bench FULL=1` is the long one.
bench: setup
	+bench/run

# The library and the program, without what the tests need.
sdk:
	scripts/setup sdk
	scripts/sdk library

# The site of the documentation, in build/docs/site.
docs:
	scripts/setup docs
	scripts/docs

tidy:
	scripts/tidy

# The archive for PGXN, which takes zip files: the tree as committed, with the version written into META.json.
dist: archive = bookonce-$(BOOKONCE_VERSION)
dist:
	mkdir -p build
	rm -rf build/$(archive) build/$(archive).zip
	git archive --format=tar --prefix=$(archive)/ HEAD | tar -x -C build
	sed -i 's/@VERSION@/$(BOOKONCE_VERSION)/' build/$(archive)/META.json
	cd build && /usr/bin/python3 -m zipfile -c $(archive).zip $(archive)/
	scripts/archive_check build/$(archive).zip
