"""`make bench`: how fast this release is on this machine, by the product's own functions on a database that waits for its disk."""
