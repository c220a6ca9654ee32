"""Django's PostgreSQL engine, except that instants are read by the driver's own compiled reader: see `base`."""
