"""Writers of raw export files, one module per family of systems. They format; what is true is settled before."""
