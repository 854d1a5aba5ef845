"""Where images are, whether they can be read, and their pixels."""

import base64
import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngInfo

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.captions.llm import data_url
from mmner.captions.prompted import caption_batch
from mmner.features.views import views
from mmner.model.pixels import look
from mmner.model.visuals import Views
from mmner.networks.embedded.image_analysis import ImageAnalyzer
from mmner.regions import detections
from mmner.rows.store import Store
from mmner.tools.report import thumbnails
from tests.fakes.pictures import cut, item, no_more_files, photograph, sign


@pytest.mark.parametrize("name", ["a.jpg", "sub folder/ñ.png", "故宫-3.jpg", "🏠.jpg", "..a.jpg", "x" * 300])
def test_any_name_within_the_folder_is_resolved_there_or_not(tmp_path, name):
    assert image_files.resolve(tmp_path, name) == tmp_path / name


def test_names_that_leave_the_folder_are_errors(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "images2").mkdir()
    (tmp_path / "images2" / "secret.jpg").touch()
    (folder / "link.jpg").symlink_to(tmp_path / "images2" / "secret.jpg")
    (folder / "linked").symlink_to(tmp_path / "images2", target_is_directory=True)
    for name in ("../../etc/passwd", "/etc/passwd", "a/../../b.jpg", "link.jpg", "linked/secret.jpg", "a\0b"):
        with pytest.raises(InputError) as caught:
            image_files.resolve(folder, name, where="train.txt:3")
        assert (caught.value.name, caught.value.where) == ("image-outside-folder", "train.txt:3")


def test_a_link_within_the_folder_is_fine_and_one_to_itself_is_missing(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert image_files.load(image_files.resolve(tmp_path, "b.png")).size == (2, 2)
    with pytest.raises(image_files.ImageBroken, match="image missing"):
        image_files.load(image_files.resolve(tmp_path, "loop.png"))


def test_a_link_out_is_refused_also_where_the_folder_cannot_be_listed(tmp_path, monkeypatch):
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "secret.jpg").touch()
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")

    def refuses(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuses)  # as for a folder with x alone; root may list any
    with pytest.raises(InputError, match="image-outside-folder"):
        image_files.resolve(folder, "link.jpg")
    assert image_files.resolve(folder, "file.jpg") == folder / "file.jpg"


def test_a_link_out_is_refused_also_under_a_name_that_means_the_same_bytes(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "secret.jpg").touch()
    (folder / "é.jpg").symlink_to(tmp_path / "secret.jpg")
    for name in ("é.jpg", "\udcc3\udca9.jpg", "./\udcc3\udca9.jpg"):
        with pytest.raises(InputError, match="image-outside-folder"):
            image_files.resolve(folder, name)


def test_a_link_into_dvc_s_cache_is_what_dvc_add_leaves_there_and_one_beside_its_files_is_refused(
    tmp_path, monkeypatch
):
    cache = tmp_path / "shared" / "cache"
    (cache / "files" / "md5" / "ab").mkdir(parents=True)
    (cache / "files" / "md5" / "ab" / "cdef").touch()
    (cache / "other").touch()
    folder = tmp_path / "clone" / "images"
    folder.mkdir(parents=True)
    (folder / "a.jpg").symlink_to(cache / "files" / "md5" / "ab" / "cdef")
    (folder / "b.jpg").symlink_to(cache / "other")
    (tmp_path / "clone" / ".dvc").mkdir()
    (tmp_path / "clone" / ".dvc" / "config").write_text(f"[cache]\n    dir = {cache}\n    type = symlink\n")
    monkeypatch.chdir(tmp_path / "clone")
    assert image_files.resolve("images", "a.jpg") == Path("images/a.jpg")
    with pytest.raises(InputError, match="image-outside-folder"):
        image_files.resolve("images", "b.jpg")


@pytest.mark.parametrize("name", ["\ud800.jpg", "\ud800/a.jpg", "gone/a.jpg", "a.jpg/b.jpg", "x" * 300 + ".jpg"])
def test_a_name_that_no_file_can_have_is_missing(tmp_path, name):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(image_files.ImageBroken, match="image missing"):
        image_files.load(image_files.resolve(tmp_path, name))


def test_pixels_are_turned_upright(tmp_path):
    picture = Image.new("RGB", (4, 2), "black")
    picture.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees
    picture.save(tmp_path / "a.png", exif=exif)
    upright = image_files.load(tmp_path / "a.png")
    assert upright.size == (2, 4)
    assert upright.getpixel((1, 0)) == (255, 255, 255)


def test_what_an_image_says_beside_its_pixels_stands_in_no_copy_of_it(tmp_path):
    comment = "taken by Ana " * 4000
    exif = Image.Exif()
    exif[0x010E] = "by Ana"
    text = PngInfo()
    text.add_text("comment", comment * 2)  # of more bytes than a JPEG's comment may have
    picture = Image.new("RGB", (40, 20), "red")
    picture.save(tmp_path / "a.jpg", comment=comment, exif=exif)
    picture.save(tmp_path / "a.png", pnginfo=text, exif=exif)
    for name in ("a.jpg", "a.png"):
        post = item(tmp_path / name)
        sent = base64.b64decode(data_url(post, 30).partition(",")[2])
        assert b"Ana" not in sent
        assert len(sent) < 2000
        assert len(base64.b64decode(thumbnails.small(post["image_path"]))) < 2000
        assert np.asarray(image_files.load(post["image_path"])).shape == (20, 40, 3)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
def test_every_mode_becomes_rgb_and_transparent_parts_white(tmp_path, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (3, 3)).save(path)
    image = image_files.load(path)
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == ((255,) * 3 if mode in ("RGBA", "LA", "CMYK") else (0, 0, 0))


def inspected(path, **more):
    image_files.inspect(image_files.read(path), path.name, **more)


def test_what_cannot_be_read_says_why_without_the_path(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no image at all")
    (tmp_path / "script.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    cut(tmp_path / "cut.jpg", photograph("china"))
    found = {}
    for name in ("gone.jpg", "empty.jpg", "text.jpg", "script.jpg", "cut.jpg"):
        for read in (image_files.load, inspected):
            with pytest.raises(image_files.ImageBroken) as caught:
                read(tmp_path / name)
        found[name] = caught.value.row_error(name)
        assert str(tmp_path) not in found[name]
    assert found["gone.jpg"] == "image missing: gone.jpg"
    assert found["empty.jpg"] == "image empty: empty.jpg"
    assert (
        found["text.jpg"]
        == found["script.jpg"].replace("script", "text")
        == ("image broken: text.jpg: no image that we read")
    )
    assert found["cut.jpg"].startswith("image broken: cut.jpg: image file is truncated")


def test_a_machine_that_cannot_read_an_image_says_nothing_of_the_image(tmp_path, monkeypatch):
    post = item(sign(tmp_path / "a.jpg", "Bakery"))
    image_files.load(post["image_path"])
    with no_more_files():
        with pytest.raises(image_files.ImageBroken, match="image unreadable: Too many open files; mend that") as caught:
            image_files.load(post["image_path"])
        assert detections.open_readable([post])[1][0].transient
    assert caught.value.as_input_error("a.jpg").name == "image-unreadable"

    def full(self):
        raise MemoryError

    monkeypatch.setattr(JpegImageFile, "load", full)
    with pytest.raises(image_files.ImageBroken, match="image unreadable: out of memory"):
        image_files.load(post["image_path"])
    assert detections.open_readable([post])[1][0].transient


def test_an_image_replaced_since_examples_saw_it_is_no_answer_about_the_old_one(tmp_path):
    post = item(sign(tmp_path / "a.jpg", "Bakery"))
    assert detections.open_readable([post])[1] == {}
    sign(tmp_path / "a.jpg", "Butcher")
    (result,) = detections.open_readable([post])[1].values()
    assert result.transient
    assert result.error.startswith("image changed: a.jpg: not the one that stage examples saw; run dvc repro")
    assert views([post | {"boxes": []}], id)[1] == [result]
    (result,) = caption_batch([post], "a photo of", lambda pictures, prompts: ["a bakery"] * len(pictures))
    assert result.transient
    with pytest.raises(image_files.ImageBroken, match="image changed"):
        data_url(post, 100)
    assert ImageAnalyzer(Store(tmp_path / "rows.sqlite"))([post]) == [result]
    with pytest.raises(InputError, match="image-changed"):
        look([Views(tmp_path / "a.jpg", sha256=post["image_sha256"])], None)


def test_half_an_image_is_broken_whatever_a_library_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # lavis does that when it is imported
    with pytest.raises(image_files.ImageBroken, match="truncated"):
        image_files.load(cut(tmp_path / "half.jpg", photograph("china")))


def test_a_bomb_is_an_error_before_it_is_decoded(tmp_path):
    Image.new("1", (400, 300)).save(tmp_path / "a.png")
    inspected(tmp_path / "a.png", max_pixels=120_000)
    with pytest.raises(InputError, match="400 x 300") as caught:
        inspected(tmp_path / "a.png", max_pixels=119_999, where="train.txt:1")
    assert (caught.value.name, caught.value.where) == ("decompression-bomb", "train.txt:1")


def test_a_header_beyond_pillow_s_own_limit_is_a_bomb_too(tmp_path):
    whole = tmp_path / "a.png"
    Image.new("1", (8, 8)).save(whole)
    data = bytearray(whole.read_bytes())
    data[16:24] = np.array([60_000, 60_000], ">u4").tobytes()
    import zlib

    data[29:33] = np.array([zlib.crc32(data[12:29])], ">u4").tobytes()
    whole.write_bytes(data)
    with pytest.raises(InputError) as caught:
        inspected(whole, max_pixels=10**12)
    assert caught.value.name == "decompression-bomb"
    with pytest.raises(image_files.ImageBroken):
        image_files.load(whole)


def grey(path: Path, values: np.ndarray, **more) -> list[int]:
    """What `load` makes of an image file of `values`: its first line, of the red channel."""
    Image.fromarray(values).save(path, **more)
    pixels = np.asarray(image_files.load(path))
    assert pixels.shape == (*values.shape, 3)
    assert (pixels == pixels[..., :1]).all()
    return pixels[0, :, 0].tolist()


SIXTEEN = np.array([[0, 257, 32896, 65535]], np.uint16)


def test_grey_of_16_bits_is_scaled_and_not_clipped(tmp_path):
    assert grey(tmp_path / "a.png", SIXTEEN) == [0, 1, 128, 255]
    assert grey(tmp_path / "a.tif", SIXTEEN) == [0, 1, 128, 255]
    assert grey(tmp_path / "big.tif", SIXTEEN.astype(">u2")) == [0, 1, 128, 255]
    assert grey(tmp_path / "dark.png", SIXTEEN // 257) == [0, 0, 0, 1]  # of 16 bits, whatever its brightest is


def test_the_value_that_is_transparent_in_grey_of_16_bits_is_white(tmp_path):
    assert grey(tmp_path / "a.png", SIXTEEN, transparency=257) == [0, 255, 128, 255]


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 128.0, 255.0], [0, 128, 255]),
        ([0.0, 32896.0, 65535.0], [0, 128, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([0.0, 5e8, 1e9], [0, 128, 255]),
        ([float("nan"), 0.5, float("inf")], [0, 128, 0]),
        ([0.0, 0.0, 0.0], [0, 0, 0]),
    ],
)
def test_floats_are_scaled_by_the_range_that_they_keep_to(tmp_path, values, pixels):
    assert grey(tmp_path / "a.tif", np.array([values], np.float32)) == pixels


@pytest.mark.parametrize(
    ("values", "pixels"),
    [([0, 128, 255], [0, 128, 255]), ([0, 257, 65535], [0, 1, 255]), ([-(2**31), 0, 2**31 - 1], [0, 128, 255])],
)
def test_integers_of_32_bits_are_scaled_too(tmp_path, values, pixels):
    assert grey(tmp_path / "a.tif", np.array([values], np.int32)) == pixels


def test_an_image_without_any_number_is_broken(tmp_path):
    Image.fromarray(np.full((2, 2), np.nan, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(image_files.ImageBroken, match="image broken: no value is a number"):
        image_files.load(tmp_path / "a.tif")
