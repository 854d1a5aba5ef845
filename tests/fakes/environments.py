"""Environments in which a client can send nothing: (variable, value, part of the reason, part of the remedy)."""

from pathlib import Path

NO_CERTIFICATE = "(a file that holds no certificate)"
ENVIRONMENTS = [
    ("ALL_PROXY", "socks5://127.0.0.1:1080", "SOCKS", "install socksio; or correct or unset ALL_PROXY"),
    ("HTTP_PROXY", "garbage", "no way through the proxy garbage (HTTP_PROXY)", "correct or unset HTTP_PROXY"),
    ("HTTP_PROXY", "http://", "no way through the proxy", "correct or unset HTTP_PROXY"),
    ("http_proxy", "http://me:secret@127.0.0.1:1", "the proxy 127.0.0.1:1 (HTTP_PROXY)", "correct or unset http_proxy"),
    ("HTTP_PROXY", "http://host:port", "Invalid port", "correct or unset HTTP_PROXY"),
    ("HTTP_PROXY", "ftp://host:1", "Unknown scheme", "correct or unset HTTP_PROXY"),
    ("SSL_CERT_FILE", "/nowhere/cert.pem", "No such file", "correct or unset SSL_CERT_FILE"),
    ("SSL_CERT_FILE", NO_CERTIFICATE, "no certificate", "correct or unset SSL_CERT_FILE"),
]


def odd_file(folder: Path, value: str) -> str:
    """`value`, or the path of a file that it stands for."""
    if value != NO_CERTIFICATE:
        return value
    (folder / "odd.pem").write_text("no certificate", encoding="utf-8")
    return str(folder / "odd.pem")
