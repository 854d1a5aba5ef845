"""What a client sends: posts, whose images are bytes and nothing else."""

import base64
import io
import json

import pytest
from PIL import Image

from mmner.tools.serve import uploads
from mmner.tools.serve.limits import Limits, Refusal


def picture(width=4, height=4) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return out.getvalue()


PNG = picture()


def posts(*given, **more):
    return uploads.from_json(json.dumps({"posts": given, **more}).encode(), Limits(posts=3, pixels=100))


def refused(call, *args, **more):
    with pytest.raises(Refusal) as found:
        call(*args, **more)
    return found.value.status, found.value.name


@pytest.mark.parametrize("form", ["{}", "data:image/png;base64,{}", " {}\n"])
def test_an_image_is_base64_or_a_data_url(form):
    text = form.format(base64.encodebytes(PNG).decode())
    (one,), explain = posts({"text": "a", "image": text}, explain=True)
    assert (one.given, one.image, one.error, explain) == ({"text": "a"}, PNG, None, True)


@pytest.mark.parametrize(
    "image",
    ["/etc/passwd", "../../a.png", "file:///etc/passwd", "http://a.example/b.png", "data:image/png,abc", 5, ["a"], "!"],
)
def test_a_path_or_a_url_is_no_image_and_is_never_opened(image, tmp_path, monkeypatch):
    (tmp_path / "abcd").write_bytes(PNG)  # whose name is base64, too
    monkeypatch.chdir(tmp_path)
    (one, named), _ = posts({"text": "a", "image": image}, {"text": "b", "image": "abcd"})
    for upload in (one, named):
        assert upload.image is None
        assert upload.error.name == "bad-image"
        assert "image" not in upload.given


def test_bytes_of_something_else_are_no_image():
    (one, empty), _ = posts({"image": base64.b64encode(b"hello").decode()}, {"image": ""})
    assert "no image that we read" in one.error.what
    assert "image empty" in empty.error.what


def test_more_pixels_than_are_allowed_are_refused_before_they_are_decoded():
    wide = base64.b64encode(picture(11, 10)).decode()
    assert refused(posts, {"text": "a", "image": wide}) == (413, "too-many-pixels")
    fits = base64.b64encode(picture(10, 10)).decode()
    assert posts({"text": "a", "image": fits})[0][0].error is None


def test_posts_are_counted():
    assert len(posts("a", "b", {"text": "c"})[0]) == 3
    assert refused(posts, "a", "b", "c", "d") == (413, "too-many-posts")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"posts": []}',
        b'{"posts": "a"}',
        b"[" * 100_000,
        b'{"posts": ["a"], "x": 1}',
        b'{"posts": ["a"], "explain": 1}',
        b"1" * 10_000,
    ],
)
def test_what_is_no_request_is_refused(body):
    assert refused(uploads.from_json, body, Limits())[0] == 400


def test_a_form_is_one_post():
    given = {"text": ["a"], "domain": ["d"], "explain": ["True"]}
    (one,), explain = uploads.from_form(given, [PNG], Limits())
    assert (one.given, one.image, explain) == ({"text": "a", "domain": "d"}, PNG, True)
    (one,), explain = uploads.from_form({"text": ["a"]}, [b""], Limits())
    assert (one.given, one.image, explain) == ({"text": "a"}, None, False)
    (one,), _ = uploads.from_form({"text": ["a"]}, [b"hello"], Limits())
    assert one.error.name == "bad-image"


@pytest.mark.parametrize(
    ("fields", "images"),
    [({"image": ["/etc/passwd"]}, []), ({"text": ["a", "b"]}, []), ({}, [PNG, PNG]), ({"explain": ["maybe"]}, [])],
)
def test_what_is_no_such_form_is_refused(fields, images):
    assert refused(uploads.from_form, fields, images, Limits()) == (400, "bad-request")
