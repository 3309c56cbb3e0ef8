"""The keys of this installation: from the settings, or made once in DATA_DIR to try things out."""

import os
from pathlib import Path
from tempfile import mkstemp

from models.seal import Seal, new_ring
from schoolplein.settings import Settings

FILE = "secret.keys"


def seal(settings: Settings) -> Seal:
    """The ring of keys. Raises OSError when DATA_DIR can't be written."""
    return Seal.from_text(settings.secret_keys or _kept(settings.data_dir))


def _kept(folder: Path) -> str:
    """The ring in a folder, which is made when it is not there; of two that make it at once both get the same."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        number, draft = mkstemp(dir=folder, prefix=f"{FILE}.")  # nobody else can read it, at no moment
        with os.fdopen(number, "w", encoding="ascii") as opened:
            opened.write(new_ring())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return file.read_text(encoding="ascii").strip()
