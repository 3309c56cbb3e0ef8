"""The ring of keys as the settings write it: what is wrong with it is refused at the start, not at the first seal."""

import stat
from base64 import b64encode
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from models.seal import KEY_BYTES, Seal
from schoolplein import keys
from schoolplein.settings import Settings

KEY = b64encode(bytes(KEY_BYTES)).decode()
OTHER = b64encode(bytes([1] * KEY_BYTES)).decode()
PLACE = ("totp", "seed", uuid4())


@pytest.mark.parametrize(
    "ring", ["", KEY, "1:", f"x:{KEY}", f"1:{KEY[:-4]}", f"-1:{KEY}", f"65536:{KEY}", f"1:{KEY},1:{OTHER}"]
)
def test_a_ring_with_which_nothing_could_be_sealed_is_refused(ring: str) -> None:
    with pytest.raises(ValidationError, match="must look like 1:BASE64"):
        Settings(secret_keys=ring)


@pytest.mark.parametrize("ring", [f"0:{KEY}", f"65535:{KEY}", f"1:{KEY},2:{OTHER}"])
def test_a_ring_seals_and_opens(ring: str) -> None:
    seal = Seal.from_text(ring)

    assert seal.open(seal.seal(b"geheim", *PLACE), *PLACE) == b"geheim"


def test_a_ring_that_is_made_here_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_keys=None)
    sealed = keys.seal(settings).seal(b"geheim", *PLACE)

    assert keys.seal(settings).open(sealed, *PLACE) == b"geheim"
    (kept,) = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
