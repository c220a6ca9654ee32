"""What the kernel puts down of the posts that woke (`kernel_judge`), for whoever puts it into words (`awake`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Columns of every row: where its words begin and end in the text, then
START_AT, END_AT = 0, 1
#: of what is told: its concept (-1: none), its lights and the cues of its sentence as bits, words from a product, its sentence;
CONCEPT, SEEN, SAID_OF, DISTANCE, SENTENCE, TOLD_COLUMNS = range(2, 8)
#: in place of the lights of a reaction that the model alone hears:
HEARD_ALONE = -1
#: of a sign: its duty, its number (-1: a question beside a product), words from a product;
OF_DUTY, OF_SIGN, AWAY, SIGN_COLUMNS = range(2, 6)
#: of a product: its meaning.
MEANING, PRODUCT_COLUMNS = 2, 3
#: Words from a product where there is none.
FAR = 1 << 20
#: Of a post: first row of what is told, of signs, of products and of words for a patient, who judges it, whether a medicine is told of,
#: whether one is as a rule asks for it, and whether the patient is another person than the author.
TOLD_AT, SIGNS_AT, PRODUCTS_AT, PATIENT_AT, JUDGE, OF_MEDICINE, RULE_MEDICINE, OF_OTHER, POST_COLUMNS = range(9)
#: Who judges a post: whoever reads the rows, the reference, or the kernel again once stretches of time are read.
BY_ROWS, BY_REFERENCE, BY_DAYS = range(3)


class Judged(NamedTuple):
    """What posts come to; `posts` has one row more than posts. `scores`: of the signs."""

    posts: NDArray[np.int64]
    told: NDArray[np.int64]
    signs: NDArray[np.int64]
    scores: NDArray[np.float64]
    products: NDArray[np.int64]
    patient: NDArray[np.int64]
