# Short names for start.py; on Windows without make: python start.py report
PYTHON ?= python3

.PHONY: report test lab lock

report:
	$(PYTHON) start.py report $(ARGS)

test:
	$(PYTHON) start.py test $(ARGS)

lab:
	$(PYTHON) start.py lab $(ARGS)

lock:
	$(PYTHON) start.py lock $(ARGS)
