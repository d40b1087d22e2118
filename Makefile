# Everything the project does, by name. Needs Python 3.11 or newer and make; the rest installs itself into .venv.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin
MANAGE := DEBUG=true $(BIN)/python manage.py

.PHONY: run worker worker-short worker-long worker-webhooks beat setup test prove prove-kills prove-migrations trust mutate check bench speed lock schema format css messages gallery

run: setup staticfiles/.collected  ## Serve the CRM on 127.0.0.1:$(PORT), with demo data when the database is empty.
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) seed_demo --if-empty
	@$(MANAGE) show_logins --port $(PORT)
	@exec env DEBUG=true HASHED_ASSETS=true $(BIN)/gunicorn crm.wsgi --config crm/gunicorn.py --bind 127.0.0.1:$(PORT)

staticfiles/.collected: .venv/.installed $(shell find static -type f)
	@HASHED_ASSETS=true $(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

setup: .venv/.installed  ## Virtual environment and pinned dependencies; nothing when nothing changed.

.venv/.installed: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

worker: setup  ## Celery workers (needs REDIS_URL): for short tasks, for WORKERS long jobs at once, for webhooks. All end with make.
	@$(MAKE) --no-print-directory --jobs 3 worker-short worker-long worker-webhooks

worker-short worker-long: worker-%:
	@exec $(BIN)/celery -A crm worker --queues $* --hostname $*@%h --concurrency $(if $(filter long,$*),$(WORKERS),2) --loglevel INFO

worker-webhooks:
	@exec $(BIN)/celery -A crm worker --queues webhooks --hostname webhooks@%h --pool threads --concurrency 16 --loglevel INFO

beat: setup  ## The scheduler (needs REDIS_URL); two at once do no harm.
	@exec $(BIN)/celery -A crm beat --loglevel INFO

test: setup  ## All tests this machine allows: SQLite always, PostgreSQL and Redis where they answer.
	@$(BIN)/python tests/lanes.py

# proofs act on a PostgreSQL (PROVE_DATABASE) and a Redis, and on servers of their own where they kill them
PROVE_DATABASE ?= postgres://postgres@127.0.0.1:5432/crm_proofs
PROVE_REDIS ?= redis://127.0.0.1:6379/14
PYTEST_PROVE = CRM_TESTING=1 DEBUG=true DATABASE_URL=$(PROVE_DATABASE) REDIS_URL=$(PROVE_REDIS) $(BIN)/python -m pytest \
	--override-ini python_files="prove_*.py" --override-ini filterwarnings=default

prove: setup  ## Every proof of the guarantees, in half an hour (PROVE_FULL=1: full sizes, hours). Needs PostgreSQL, Redis, redis-server, nginx.
	@$(PYTEST_PROVE) tests/prove

trust: setup  ## What the proofs have recorded since, into docs/trust.md.
	@$(BIN)/python -m tests.prove.report

prove-kills: setup  ## 20,000 acknowledged writes while everything is killed at random, PostgreSQL too; a quarter of an hour or more.
	@PROVE_FULL=1 $(PYTEST_PROVE) tests/prove/prove_journal.py

prove-migrations: setup  ## A backup restored, and the migrations since PROVE_FROM (a commit) on a million customers under writers.
	@PROVE_FULL=1 $(PYTEST_PROVE) tests/prove/prove_migrations.py

mutate: setup  ## Whether tests notice when the guards are changed (MODULE="core/amounts.py …"); hours for all. Writes docs/mutations.md.
	@$(BIN)/python -m tests.mutants $(MODULE)

check: setup  ## Formatter, linter, types, import contracts, migrations, schema snapshots, deployment checks.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=true $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) write_schemas --check
	DEBUG=false SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF ALLOWED_HOSTS=crm.example.com DATABASE_URL=sqlite:///:memory: \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

bench: setup  ## The benchmarks, on a PostgreSQL database of their own; an hour for a million customers (BENCH="--customers 100000 --keep --only reading").
	@$(BIN)/python -m bench $(BENCH)

speed:  ## What the benchmarks have measured last, into docs/speed.md and a chart.
	@$(BIN)/python -m bench.chart

format: setup  ## Apply the formatter and the linter's safe fixes.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: setup  ## Rewrite the committed OpenAPI snapshots.
	$(MANAGE) write_schemas

css:  ## Compile styles/ into static/pages/app.css (needs node; running the product doesn't).
	npm ci --no-audit --no-fund
	npm run css

messages: setup  ## Collect the pages' strings into locale/ and compile them (needs gettext).
	$(MANAGE) makemessages --locale es --no-wrap --no-obsolete --add-location file --ignore .venv --ignore node_modules
	$(MANAGE) compilemessages --locale es --ignore .venv --ignore node_modules

gallery: setup  ## Pictures of every page, in both themes at three widths, in var/gallery, and what axe says of each (needs Chromium).
	EVERY_WIDTH=1 CRM_TESTING=1 DEBUG=true $(BIN)/python -m pytest tests/pages/gallery.py tests/pages/test_every_page.py

lock:  ## Compile requirements*.in into pinned, hashed requirements*.txt.
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements-dev.in -o requirements-dev.txt
