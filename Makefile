# Everything the project does, by name. Needs Python 3.11 or newer and make; the rest installs itself into .venv.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
MANAGE := DEBUG=true $(BIN)/python manage.py

.PHONY: run worker beat setup test check lock schema format

run: setup  ## Serve the CRM on 127.0.0.1:$(PORT), with demo data when the database is empty.
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) seed_demo --if-empty
	@$(MANAGE) show_logins --port $(PORT)
	@exec env DEBUG=true $(BIN)/gunicorn crm.wsgi --config crm/gunicorn.py --bind 127.0.0.1:$(PORT)

setup: .venv/.installed  ## Virtual environment and pinned dependencies; nothing when nothing changed.

.venv/.installed: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

worker: setup  ## A Celery worker for jobs and scheduled tasks (needs REDIS_URL).
	$(BIN)/celery -A crm worker --queues short,long --concurrency $${WORKERS:-2} --loglevel INFO

beat: setup  ## The scheduler (needs REDIS_URL); two at once do no harm.
	$(BIN)/celery -A crm beat --schedule $${VAR_DIR:-var}/beat --loglevel INFO

test: setup  ## All tests this machine allows: SQLite always, PostgreSQL and Redis where they answer.
	@$(BIN)/python tests/lanes.py

check: setup  ## Formatter, linter, types, import contracts, migrations, schema snapshots, deployment checks.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=true $(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) write_schemas --check
	SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF ALLOWED_HOSTS=crm.example.com DATABASE_URL=sqlite:///:memory: \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: setup  ## Apply the formatter and the linter's safe fixes.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: setup  ## Rewrite the committed OpenAPI snapshots.
	$(MANAGE) write_schemas

lock:  ## Compile requirements*.in into pinned, hashed requirements*.txt.
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements-dev.in -o requirements-dev.txt
