"""The SQL of identity: own schema only, parameters only, each statement names one cell."""
