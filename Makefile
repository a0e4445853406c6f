# `make up` brings the whole house up in the lab; `make test` proves it.
.PHONY: up down test
.DEFAULT_GOAL := up

up: node_modules
	@npm run --silent lab -- up

down: node_modules
	@npm run --silent lab -- down

test: node_modules
	@npm run --silent test:all

# Installed anew whenever the lock file changes.
node_modules: package-lock.json
	@npm ci --no-audit --no-fund
	@touch node_modules
