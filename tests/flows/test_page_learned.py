"""A whole page at once: what screening learned is written where it learned anything, and reposts find the first of their kind."""

from __future__ import annotations

from candour.listening.models import Post, PostVersion

from . import ground as g

SAID = "Zovellark gegen Kopfschmerzen genommen und danach Ausschlag an beiden Armen, mir war den ganzen Tag schwindelig und schlecht"
CHAIN = (SAID, f"RT {SAID}", f"{SAID}, teilt das")


def test_only_what_screening_learned_is_written(ground: g.Ground) -> None:
    posts = [g.heard(text, f"p{number}") for number, text in enumerate((g.CLEAN, g.HEADACHE, g.UNSCREENED))]
    g.hear(ground, *posts)
    found = {v.post.remote_id: (v.lang, v.products, v.unscreened) for v in PostVersion.objects.select_related("post")}
    assert found["p0"] == ("de", "", False)
    assert found["p1"] == ("de", "Zovellark", False)
    assert found["p2"][2]


def test_reposts_in_one_page_and_in_a_later_one_hang_on_the_first(ground: g.Ground) -> None:
    first, second, third = (g.heard(text, f"p{n}", author=f"a{n}", thread=f"t{n}") for n, text in enumerate(CHAIN))
    case, joined = g.hear(ground, first, second)
    [later] = g.hear(ground, third)
    assert case is not None
    assert joined == later == case
    assert set(Post.objects.exclude(alike_to=None).values_list("alike_to__remote_id", flat=True)) == {"p0"}
    assert Post.objects.get(remote_id="p0").alike == 2
