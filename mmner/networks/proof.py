"""What is asked of a network and its tokenizer before they are trusted: libraries make up what a folder lacks."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmner.base import paths
from mmner.base.errors import InputError

WORDS = ("At", "the", "Mira", "Park", "harbour")  # of the dry pass
MIN_LENGTH = 16  # pieces; an encoder that takes fewer is a broken config
SPECIAL = ("position_ids", "rotary", "relative_position")  # buffers that checkpoints have or lack, as their time was
POOLERS = ("pooler", "pooling_layer")  # a head that many checkpoints lack; whoever uses one asks for it by name
PROCESSOR = "preprocessor_config.json"
READ = (  # of a folder of weights, where they are there
    *("config.json", "generation_config.json", PROCESSOR, "processor_config.json"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
)
MANY = ("layers", "levels")  # ends of keys of config.json
SIZES = ("heads", "hidden_size", "d_model", "max_text_len", "patch_size")
MAX_LAYERS = 1000  # more than any network has: beyond, building it would never end
MAX_SIZE = 2**16  # as of params.Size
FILES = (".json", ".safetensors", ".txt", ".model", ".bin", ".pt", ".pth")  # ends of names that no folder has
POOLINGS = ("cls", "mean")


def loaded(info: dict, network, where: str) -> None:
    """Check the loading info of `from_pretrained`: no weight of `network` is random, and none of its layers dropped.

    Heads of another task may stand in the folder beside it. Errors: InputError `no-weights` with the keys.
    """
    missing = _named(info.get("missing_keys", ()), (*SPECIAL, *POOLERS))
    parts = {name for name, _ in network.named_children()}
    own = {str(key).removeprefix(f"{network.base_model_prefix}.") for key in info.get("unexpected_keys", ())}
    dropped = _named((key for key in own if key.partition(".")[0] in parts), (*SPECIAL, *POOLERS))
    mismatched = [str(key) for key in info.get("mismatched_keys", ())]
    for keys, what in (
        (missing, "weights that the network needs are not in the folder, and would be random"),
        (mismatched, "weights are of another shape than config.json says"),
        (dropped, "weights are in the folder for which config.json has no layer"),
    ):
        if keys:
            shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
            remedy = "save it again with save_pretrained of the plain network: no prefix of torch.compile or of DDP"
            raise InputError("no-weights", f"{what}: {shown}", where=where, remedy=remedy)


def _named(keys: Iterable, left_out: tuple[str, ...]) -> list[str]:
    return sorted(str(key) for key in keys if not any(part in str(key) for part in left_out))


def files(weights: str) -> None:
    """Check that what is in folder `weights` can be read: a library waits for a pipe, and leaves out some of its JSON
    files in silence where they are damaged. A hub's are not looked at.

    Errors: InputError `bad-config`, `no-weights`.
    """
    folder = Path(weights)
    if not folder.is_dir():
        return
    if odd := paths.odd_entry(folder.iterdir(), FILES):
        path, what = odd
        name = "bad-config" if path.suffix == ".json" else "no-weights"
        raise InputError(name, what, where=str(path), remedy=f"take it away, and get {path.name} again")
    for file in sorted(folder.glob("*.json")):
        content = None
        try:
            if file.name in READ:
                content = json.loads(file.read_text(encoding="utf-8"))
                if not isinstance(content, dict):
                    raise ValueError(f"a {type(content).__name__} where keys and values belong")
                if file.name == PROCESSOR and not any(key.endswith("size") for key in content):
                    raise ValueError("it says no size of an image: all it lacks would be made up")
        except (OSError, ValueError, RecursionError) as error:
            raise InputError("bad-config", str(error), where=str(file), remedy=f"get {file.name} again") from error
        for key, count in _counts(content):
            if not (0 if key.endswith("layers") else 1) <= count <= (MAX_LAYERS if key.endswith(MANY) else MAX_SIZE):
                what = f"{key} is {count}: no network can be built so"
                raise InputError("bad-config", what, where=str(file), remedy=f"get {file.name} again")


def _counts(content: object) -> Iterator[tuple[str, int]]:
    """(key, number) of each size of a network in `content` of a config.json, at any depth."""
    for key, value in content.items() if isinstance(content, dict) else ():
        if isinstance(value, int) and key.endswith((*MANY, *SIZES)):
            yield key, value
        yield from _counts(value)


def no_adapter(weights: str) -> None:
    """Errors: InputError `adapter-weights` where folder `weights` holds an adapter, of a network that is elsewhere."""
    if (Path(weights) / "adapter_config.json").is_file():
        what = "an adapter alone, or beside its network: it would be left out in silence"
        remedy = "merge it (peft: merge_and_unload), and name the folder where that was saved"
        raise InputError("adapter-weights", what, where=weights, remedy=remedy)


def encoder(network, where: str) -> None:
    """Errors: InputError `encoder-decoder`, `tied-weights`, which no training could save."""
    if getattr(network.config, "is_encoder_decoder", False):
        what = f"{network.config.model_type} has a decoder, too: it is no encoder of sentences"
        raise InputError("encoder-decoder", what, where=where, remedy="choose an encoder, such as BERT's kin")
    seen: dict[int, str] = {}
    for name, tensor in network.state_dict().items():
        other = seen.setdefault(tensor.data_ptr(), name) if tensor.numel() else name
        if other != name:
            what = f"{name} and {other} share their memory, which safetensors can't save"
            raise InputError("tied-weights", what, where=where, remedy="choose an encoder without tied weights")


def not_sentencepiece_alone(folder: str) -> None:
    """Errors: InputError `no-tokenizer` where `folder` has a SentencePiece model alone, which needs more to be read."""
    models = sorted(path.name for path in Path(folder).glob("*.model"))
    if models and not (Path(folder) / "tokenizer.json").is_file() and not importlib.util.find_spec("sentencepiece"):
        what = f"a SentencePiece model alone ({models[0]}): the package sentencepiece is not here"
        remedy = (
            "where sentencepiece and protobuf are installed, "
            "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) writes tokenizer.json"
        )
        raise InputError("no-tokenizer", what, where=folder, remedy=remedy)


def tokenizer(one, where: str) -> None:
    """Errors: InputError `no-tokenizer` where `one` was made up, or lacks the marks of a sentence."""
    folder = Path(where)
    files = {*one.vocab_files_names.values(), "tokenizer.json"}
    if folder.is_dir() and one.is_fast and not any((folder / file).is_file() for file in files):
        what = f"none of {', '.join(sorted(files))} is in the folder: its vocabulary would be made up"
        remedy = "put the tokenizer's files there: save_pretrained of the tokenizer writes them"
        raise InputError("no-tokenizer", what, where=where, remedy=remedy)
    marks = {
        "a beginning": (one.cls_token_id, one.bos_token_id),
        "an end": (one.sep_token_id, one.eos_token_id),
        "padding": (one.pad_token_id,),
    }
    if lacking := [mark for mark, ids in marks.items() if all(number is None for number in ids)]:
        remedy = "name them in its tokenizer_config.json: cls_token, sep_token, pad_token"
        raise InputError("no-tokenizer", f"it has no piece for {', '.join(lacking)}", where=where, remedy=remedy)


def fits(network, one, length: int, where: str) -> None:
    """Check that `network` has a vector for every piece of tokenizer `one`, and takes `length` of them.

    Errors: InputError `tokenizer-differs`, `bad-config`.
    """
    rows = getattr(embeddings(network), "num_embeddings", None)
    if rows is not None and one.is_fast and len(one) > rows:
        what = f"the tokenizer has {len(one):,} pieces, the network vectors for {rows:,}: they are of two models"
        raise InputError("tokenizer-differs", what, where=where, remedy="put the files of one model into the folder")
    if length < MIN_LENGTH:
        what = f"config.json lets it take {length} pieces at most"
        raise InputError("bad-config", what, where=where, remedy="correct max_position_embeddings")


def has_embeddings(network, asks: str) -> None:
    """Errors: InputError `no-word-embeddings` where `network` has none, which `asks`, a part of params.yaml, needs."""
    if embeddings(network) is None:
        what = f"{asks} needs word embeddings, and {network.config.model_type} has none: it hashes characters"
        raise InputError("no-word-embeddings", what, remedy=f"leave {asks} out, or choose an encoder of word pieces")


def embeddings(network):
    """The word embeddings of `network`; None of one that hashes characters."""
    try:
        return network.get_input_embeddings()
    except NotImplementedError:
        return None


def pooling(folder: str) -> str:
    """How the sentence encoder in `folder` makes a vector of its pieces: "mean" where nothing says so, or "cls".

    Read as sentence-transformers wrote it. Errors: InputError `pooling`.
    """
    modules = Path(folder) / "modules.json"
    if not modules.is_file():
        return "mean"
    try:
        listed = json.loads(modules.read_text(encoding="utf-8"))
        paths = [module["path"] for module in listed if module["type"].endswith(".Pooling")]
        config = json.loads((Path(folder) / paths[0] / "config.json").read_text(encoding="utf-8")) if paths else {}
        if "pooling_mode" in config:  # sentence-transformers 5
            modes = [config["pooling_mode"]]
        else:
            modes = [key.removeprefix("pooling_mode_") for key, on in config.items() if on is True and "_mode_" in key]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"what it says of pooling can't be read: {error}"
        raise InputError("pooling", what, where=folder, remedy="get its modules.json and 1_Pooling again") from error
    named = [{"cls_token": "cls", "mean_tokens": "mean"}.get(mode, mode) for mode in modes] or ["mean"]
    if len(named) > 1 or named[0] not in POOLINGS:
        what = f"it pools by {' and '.join(named)}"
        remedy = f"choose an encoder that pools by {' or '.join(POOLINGS)}"
        raise InputError("pooling", what, where=folder, remedy=remedy)
    return named[0]
