"""Tiny models of salesforce-lavis's and groundingdino-py's own classes, in folders as the backends read them.

A program for the interpreter of `make lavis-env`: `python foreign_models.py lavis|groundingdino FOLDER IMAGE`. Beside
the models it writes `expected.json`: what the packages' own inference says about IMAGE.
"""

import json
import sys
from functools import partial
from pathlib import Path

import torch

PROMPT = "Question: what does it show? Answer:"
PHRASES = ["a navy uniform", "flag"]
SIDE = 96  # pixels of the shortest side, for Grounding DINO
SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
TOWER = {"patch_size": 14, "embed_dim": 16, "depth": 2, "num_heads": 2, "mlp_ratio": 2.0}
BLIP2 = """
model:
  arch: tiny
  load_finetuned: False
  pretrained: "https://example.org/tiny_blip2.pth"
  image_size: 28
  vit_precision: "fp16"
  num_query_token: 4
  opt_model: "facebook/opt-tiny"
  vision: {patch_size: 14, embed_dim: 16, depth: 2, num_heads: 2, mlp_ratio: 2.0}
preprocess:
  vis_processor: {eval: {name: blip_image_eval, image_size: 28}}
"""


def bert(folder: Path) -> None:
    """What both packages call bert-base-uncased: a BERT of width 16 with letters and a few words as its vocabulary."""
    from transformers import BertConfig, BertLMHeadModel, BertTokenizer

    folder.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "navy", "uniform", "flag", "temple", "flower"]
    (folder / "vocab.txt").write_text("\n".join([*words, *letters, *("##" + letter for letter in letters)]) + "\n")
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    config = BertConfig(vocab_size=len(tokenizer), intermediate_size=32, max_position_embeddings=64, **SIZES)
    config.save_pretrained(folder)
    save(BertLMHeadModel(config).state_dict(), folder / "model.safetensors")


def opt(folder: Path) -> None:
    """An OPT of width 16 with a byte-level BPE tokenizer, as Blip2OPT loads it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Tokenizer, OPTConfig, OPTForCausalLM

    folder.mkdir(parents=True)
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator([PROMPT, "a photo of a flag"] * 3, vocab_size=300, special_tokens=special)
    trained.save_model(str(folder))
    marks = {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer = GPT2Tokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), add_bos_token=True, errors="replace", **marks
    )
    tokenizer.save_pretrained(folder)
    config = OPTConfig(
        vocab_size=len(tokenizer),
        ffn_dim=32,
        max_position_embeddings=256,
        word_embed_proj_dim=16,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **SIZES,
    )
    model = OPTForCausalLM(config)
    vary(model)
    config.save_pretrained(folder)
    save(model.state_dict(), folder / "model.safetensors")


def vary(model) -> None:
    """Random weights say the same about everything: make what is seen and asked matter."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.5)


def save(tensors: dict, path: Path) -> None:
    from safetensors.torch import save_file

    alone = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}  # some share their memory
    save_file(alone, path, metadata={"format": "pt"})


def lavis(folder: Path, image: Path) -> list:
    from lavis.models import eva_vit
    from lavis.models.blip2_models.blip2 import LayerNorm
    from lavis.models.blip2_models.blip2_opt import Blip2OPT
    from lavis.processors.blip_processors import BlipImageEvalProcessor
    from PIL import Image

    class Tiny(Blip2OPT):
        @classmethod
        def init_vision_encoder(cls, name, size, *_):
            norm = partial(torch.nn.LayerNorm, eps=1e-6)
            tower = eva_vit.VisionTransformer(img_size=size, qkv_bias=True, norm_layer=norm, **TOWER)
            vary(tower)
            return tower, LayerNorm(tower.num_features)

    bert(Path("bert-base-uncased"))
    opt(Path("facebook/opt-tiny"))
    model = Tiny(img_size=28, num_query_token=4, opt_model="facebook/opt-tiny").float().eval()
    for part in (model.Qformer, model.opt_proj):
        vary(part)
    model.query_tokens.data.normal_()
    (folder / "model.yaml").write_text(BLIP2)
    tensors = model.state_dict()
    tower = "visual_encoder."
    save(
        {name[len(tower) :]: tensor for name, tensor in tensors.items() if name.startswith(tower)},
        folder / "eva_vit_g.safetensors",
    )
    trained = {name: tensor for name, tensor in tensors.items() if not name.startswith((tower, "opt_model."))}
    save(trained, folder / "tiny_blip2.safetensors")
    model.visual_encoder.half().float()  # as "fp16" of the config rounds it
    pixels = BlipImageEvalProcessor(28)(Image.open(image).convert("RGB"))[None]
    return model.generate({"image": pixels, "prompt": PROMPT}, num_beams=1, max_length=8)


def groundingdino(folder: Path, image: Path) -> list:
    import groundingdino.config
    from groundingdino.datasets import transforms
    from groundingdino.models import build_model
    from groundingdino.util.inference import predict
    from groundingdino.util.slconfig import SLConfig
    from PIL import Image

    bert(Path("bert-base-uncased"))
    packaged = Path(groundingdino.config.__file__).parent / "GroundingDINO_SwinT_OGC.py"
    options = SLConfig.fromfile(str(packaged))._cfg_dict.to_dict()
    small = {"enc_layers": 1, "dec_layers": 1, "dim_feedforward": 32, "num_queries": 30, "use_checkpoint": False}
    (folder / "tiny.json").write_text(json.dumps(options | small))
    options = SLConfig.fromfile(str(folder / "tiny.json"))
    options.device = "cpu"
    model = build_model(options).eval()
    with torch.no_grad():  # as they start, scores are 1 and boxes alike
        model.transformer.encoder.text_layers[-1].norm2.weight.mul_(0.1)
        model.bbox_embed[-1].layers[-1].weight.normal_(std=0.1)
    torch.save({"model": model.state_dict()}, folder / "tiny.pth")
    steps = [transforms.RandomResize([SIDE], max_size=2 * SIDE), transforms.ToTensor()]
    steps.append(transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    pixels, _ = transforms.Compose(steps)(Image.open(image).convert("RGB"), None)
    boxes, scores, _ = predict(model, pixels, ". ".join(PHRASES), 0.0, 0.25, device="cpu")
    return sorted(zip(scores.tolist(), boxes.tolist(), strict=True), reverse=True)


def main() -> None:
    import os

    kind, folder, image = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    os.chdir(folder)  # the packages call their text encoders by a name, which may be a folder's
    torch.manual_seed(0)
    expected = {"lavis": lavis, "groundingdino": groundingdino}[kind](folder, image)
    (folder.parent / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main()
