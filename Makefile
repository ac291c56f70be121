# Everything is built in .build/ and rebuilt only when what it is made from changes. No target needs root; run as root,
# tests drop to an unprivileged user for PostgreSQL, and Debian's packages that they need are installed.
#
#   make quickstart         watch a cluster being archived, backed up, damaged and recovered; PG_BIN=/path chooses PostgreSQL
#   make quickstart-s3      the same with an object storage: encrypted, the host lost, and restored on another one
#   make test               every check and test, with a summary
#   make lint types sanity unit integration        its parts; PYTEST_ARGS='-k name' goes to pytest
#   make ansible-versions   the playbooks' main path under the oldest and the newest ansible-core
#   make fuzz               changed files for everything that reads a repository; FUZZ_SECONDS=3600 FUZZ_SEED=2
#   make torture            archiving and recovery while all is killed; TORTURE_KILLS=10000 TORTURE_SEED=2
#   make moments            restores over SSH while controller, network, sshd or host fail at random moments; PITR_MOMENTS=10
#   make molecule SCENARIO=default                 one scenario on real hosts; make molecule-all runs every one
#   make bench              speed, as ratios
#   make bench-pgbackrest   speed beside pgBackRest, on a host of molecule's
#   make bench-before       speed beside an earlier commit, on a host of molecule's for each; PITR_BENCH_BEFORE=commit
#   make bench-fleet        what the playbooks cost for 40 clusters, on two hosts of molecule's
#   make generate           write the roles' variables for options that all modules share, their READMEs' tables,
#                           and the pattern of what AWX's kit has
#   make changelog          write the release of galaxy.yml's version, from the fragments
#   make build clean        what the others need; remove it

TARGETS := build generate lint types sanity unit integration fuzz torture moments ansible-versions bench bench-pgbackrest bench-before bench-fleet molecule molecule-all test changelog quickstart quickstart-clean quickstart-s3 quickstart-s3-clean clean

.PHONY: help $(TARGETS)
.NOTPARALLEL:

help:
	@sed -n 's/^#  /  /p' Makefile

# `-B` keeps the checkout free of bytecode.
$(TARGETS):
	@python=$$(tests/tools/find-python) && exec "$$python" -B tests/tools/build $@

export PYTHON PYTEST_ARGS SCENARIO PG_BIN FUZZ_SECONDS FUZZ_SEED TORTURE_KILLS TORTURE_SEED
