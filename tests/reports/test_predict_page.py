"""What the page of a prediction shows of networks that have no tokens."""

from __future__ import annotations

import pytest

from traincast import api
from traincast.reports.page import Facts
from traincast.reports.predict_page import predict_page


@pytest.mark.parametrize(("lang", "label"), [("en", "samples/s"), ("fr", "exemples/s")])
def test_an_image_network_shows_samples_a_second(lang: str, label: str) -> None:
    """And no tokens; parts of memory have their names."""
    answer = api.predict("resnet50", on="RTX 3090", precision="fp16", micro_batch=256)
    page = predict_page(answer, lang=lang)
    labels = [fact.label for block in page.blocks if isinstance(block, Facts) for fact in block.rows]

    assert label in labels
    assert not [one for one in labels if "token" in one or "jeton" in one]
    assert {"activations", "allocator" if lang == "en" else "allocateur"} <= set(labels)
