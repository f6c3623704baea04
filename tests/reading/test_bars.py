"""Closed progress bars: whole seconds, made exact by the mean rate beside them."""

import pytest

from traincast.reading import read_text
from traincast.reading.rates import bar_seconds
from traincast.reading.series import series


@pytest.mark.parametrize(
    ("seconds", "size", "rate", "exact"),
    [
        (1.0, 3.0, "1.62it/s", 3 / 1.62),  # 1.85 s are cut to 1
        (5.0, 3.0, "1.81s/it", 3 * 1.81),
        (0.0, 1.0, "1.45it/s", 1 / 1.45),
    ],
)
def test_a_closed_bar_tells_more_than_its_whole_seconds(seconds: float, size: float, rate: str, exact: float) -> None:
    """tqdm cuts the seconds and prints the mean rate of all units to three digits."""
    assert bar_seconds(seconds, size, rate) == pytest.approx(exact)


@pytest.mark.parametrize(
    ("seconds", "size", "rate"),
    [
        (7.0, 3.0, "1.62it/s"),  # a smoothed rate: 1.85 s are not 7
        (114.0, 75.0, "1.5s/it"),  # 108.75 to 116.25 s tell less than 114 to 115
        (1.0, 3.0, "?it/s"),
        (1.0, None, "1.62it/s"),
        (1.0, 3.0, ""),
    ],
)
def test_a_rate_that_does_not_fit_or_is_too_coarse_changes_nothing(
    seconds: float, size: float | None, rate: str
) -> None:
    """The whole seconds stay."""
    assert bar_seconds(seconds, size, rate) == seconds


def test_a_validation_with_a_bar_of_its_own_is_part_of_its_epoch() -> None:
    """YOLOv5: epochs of 2 s, validated in a half, in one and not at all; half a bar is no validation."""
    epoch = "  {0}/9  14.2G  0.11  0.10  0.04  555  640: 100% 4/4 [00:02<00:00,  2.00it/s]\n"
    validation = "  Class  Images  Labels  P  R  mAP@.5 mAP@.5:.95: {0}\n"
    text = "  Epoch  gpu_mem  box  obj  cls  labels  img_size\n"
    text += epoch.format(0) + validation.format("100% 2/2 [00:00<00:00,  4.00it/s]")
    text += epoch.format(1) + validation.format("100% 1/1 [00:01<00:00,  1.00s/it]")
    text += epoch.format(2) + epoch.format(3) + validation.format(" 50% 1/2 [00:09<00:09,  9.00s/it]")
    (log,) = read_text([text], name="train.txt")

    assert log.dialect == "yolov5-console"
    assert [point.step_seconds for point in log.points] == [2.5, 3.0, 2.0, 2.0]


@pytest.mark.parametrize("saved", [10, 0])
def test_stamps_tell_what_no_bar_does_between_epochs(saved: int) -> None:
    """YOLOv5 behind a logger: bars of 100 and 15 s, and what is saved and drawn until the next epoch begins."""
    text, now = "2026-01-01T00:00:00Z      Epoch   gpu_mem       box       obj       cls    labels  img_size\n", 0
    for epoch in range(8):
        for seconds, line in (
            (100, f"    {epoch}/99     14.2G   0.11   0.11   0.04   555   640: 100% 300/300 [01:40<00:00,  3.00it/s]"),
            (15, "       Class  Images  Labels  P  R  mAP@.5 mAP@.5:.95: 100% 30/30 [00:15<00:00,  2.00it/s]"),
        ):
            now += seconds
            text += f"2026-01-01T{now // 3600:02d}:{now // 60 % 60:02d}:{now % 60:02d}Z {line}\n"
        now += saved
    (log,) = read_text([text], name="train.txt")
    found = series(log)

    assert log.dialect == "yolov5-console"
    assert found is not None
    assert found.seconds == [115.0 + saved] * 7
    assert ("time-disagrees" in [note.code for note in log.findings]) is (saved > 0)
