"""How a notebook shows an answer. Answers do not know pages: the API, which knows both, joins them by `shown_by`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from traincast.errors import UsageError


class Viewer(Protocol):
    """What turns an answer into something to look at."""

    def html(self, answer: Any, *, lang: str) -> str:
        """A fragment of a page."""

    def rows(self, answer: Any) -> Sequence[Mapping[str, Any]]:
        """The rows of a table."""

    def chart(self, answer: Any, *, lang: str) -> Mapping[str, Any]:
        """A Vega-Lite specification; raises UsageError where nothing can be drawn."""


_FOUND: list[Callable[[], Viewer]] = []


def shown_by(found: Callable[[], Viewer]) -> Callable[[], Viewer]:
    """Have answers shown by what `found` returns; it is called when the first one is shown."""
    _FOUND[:] = [found]
    return found


class Shown:
    """What every answer can do in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """What a notebook displays; `None` leaves it to the text."""
        return self.to_html(getattr(self, "lang", "en")) if _FOUND else None

    def to_html(self, lang: str = "en") -> str:
        """The answer as a fragment of HTML, as `traincast VERB` shows it."""
        return self._viewer().html(self, lang=lang)

    def to_pandas(self) -> Any:
        """The answer as a pandas.DataFrame: SI units, an estimate as three columns (`x`, `x_low`, `x_high`).

        A row a run (read), claim (audit), moment (backtest) or stretch of the run (report); else one row.
        Raises UsageError where pandas is not installed.
        """
        rows = list(self._viewer().rows(self))
        try:
            import pandas
        except ImportError as error:
            raise UsageError("to_pandas() needs pandas", hint='pip install "traincast[notebook]"') from error
        return pandas.DataFrame(rows)

    def to_polars(self) -> Any:
        """The answer as a polars.DataFrame, with the rows and columns of `to_pandas`.

        Raises UsageError where polars is not installed.
        """
        rows = list(self._viewer().rows(self))
        try:
            import polars
        except ImportError as error:
            raise UsageError("to_polars() needs polars", hint="pip install polars") from error
        return polars.DataFrame(rows, infer_schema_length=None)

    def chart(self, lang: str = "en") -> Any:
        """The answer as an altair chart. Raises UsageError where altair is not installed or nothing can be drawn."""
        spec = self._viewer().chart(self, lang=lang)
        try:
            import altair
        except ImportError as error:
            raise UsageError("chart() needs altair", hint='pip install "traincast[notebook]"') from error
        return altair.Chart.from_dict(dict(spec))

    def _viewer(self) -> Viewer:
        """What shows it."""
        if not _FOUND:
            raise UsageError("nothing shows answers yet", hint="import traincast.api")
        return _FOUND[0]()
