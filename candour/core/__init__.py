"""Words, clocks, state tables, review routes, signing: pure, no Django and no network."""
