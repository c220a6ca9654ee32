"""The product's password hash with the least work: tests hash hundreds of passwords and none of them is worth guessing."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class CheapArgon2(Argon2PasswordHasher):
    """Argon2 in one pass over little memory."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1
