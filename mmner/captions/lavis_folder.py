"""LAVIS's BLIP-2 from a folder, without a download. Imported where `lavis-blip2` runs, under its own interpreter."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlparse

import torch
from lavis.common.registry import registry
from lavis.models import eva_vit, load_preprocess
from lavis.models.blip2_models.blip2 import LayerNorm
from omegaconf import OmegaConf

from mmner.base.errors import InputError
from mmner.networks import checkpoints

CONFIG = "model.yaml"  # in LAVIS's own form; stands for the one that LAVIS has for the model type
EVA_G = {"patch_size": 14, "embed_dim": 1408, "depth": 39, "num_heads": 16, "mlp_ratio": 4.3637}


def load(name: str, model_type: str, folder: str, device: torch.device):
    """The network and the image processors, as `load_model_and_preprocess` returns them.

    Errors: InputError `no-weights`.
    """
    parent = registry.get_model_class(name)
    config_file = (Path(folder) / CONFIG).resolve()
    config = OmegaConf.load(config_file if config_file.is_file() else parent.default_config_path(model_type))
    vision = OmegaConf.to_container(config.model).get("vision", EVA_G)
    cls = type(name, (FromFolder, parent), {"folder": str(Path(folder).resolve()), "vision": vision})
    with checkpoints.names_as_subfolders(folder):
        network = cls.from_config(config.model).eval()
    network = network.float() if device.type == "cpu" else network
    return network.to(device), load_preprocess(config.preprocess)[0]


class FromFolder:
    """A base class to put before a BLIP-2 class of LAVIS: it reads the vision tower and the checkpoint from `folder`.

    `vision`: sizes of the tower, as `lavis.models.eva_vit.VisionTransformer` names them.
    """

    folder: str
    vision: dict

    @classmethod
    def init_vision_encoder(cls, model_name, img_size, drop_path_rate, use_grad_checkpoint, precision):
        if model_name != "eva_clip_g":
            remedy = "choose a model type with eva_clip_g, or weights: null"
            raise InputError("no-weights", f"the vision tower {model_name}, from a folder", remedy=remedy)
        tower = eva_vit.VisionTransformer(
            img_size=img_size,
            use_mean_pooling=False,
            qkv_bias=True,
            drop_path_rate=drop_path_rate,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            use_checkpoint=use_grad_checkpoint,
            **cls.vision,
        )
        state = checkpoints.load_tensors(cls.folder, "eva_vit_g")
        eva_vit.interpolate_pos_embed(tower, state)
        checkpoints.load_state(tower, state, cls.folder)
        if precision == "fp16":
            eva_vit.convert_weights_to_fp16(tower)
        return tower, LayerNorm(tower.num_features)

    def load_checkpoint(self, url_or_filename):
        stem = Path(urlparse(url_or_filename).path).stem
        checkpoints.load_state(self, checkpoints.load_tensors(self.folder, stem, "model"), self.folder)

    load_from_pretrained = load_checkpoint
