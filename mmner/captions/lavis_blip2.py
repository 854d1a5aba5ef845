"""The backend `lavis-blip2`: captions by BLIP-2 (IAC 3.1, DDC) through salesforce-lavis, in an environment of its own.

`weights: null` is `lavis.models.load_model_and_preprocess(name, model_type)`, which fetches what it lacks by itself;
a folder holds all that it would fetch, see docs/engines.md.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from mmner.base.errors import InputError
from mmner.base.params import Count, Place, Size
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import CheckpointFolder, Requirement
from mmner.captions import prompted
from mmner.networks import checkpoints
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class LavisBlip2(Backend):
    """One caption an image: the model's answer to a prompt about it, in LAVIS's precision, half on a GPU."""

    class Params(BaseParams):
        """`name`, `model_type`: as LAVIS's model zoo has them. `weights`: a folder, or null."""

        name: Literal["blip2_opt", "blip2_t5"] = "blip2_opt"
        model_type: str = "pretrain_opt2.7b"
        weights: Place | None = None
        allow_pickle: bool = False
        prompt: prompted.Prompt = prompted.QUESTION
        max_new_tokens: Size = 40
        num_beams: prompted.Beams = 1
        batch_size: Count = 8

        def requirements(self) -> tuple[Requirement, ...]:
            return (CheckpointFolder(self.weights, self.allow_pickle),) if self.weights else ()

    environment = "lavis"
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.uses = prompted.uses(params.prompt)

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"batch_size", "weights", "allow_pickle"})
        weights_identity = checkpoints.identity(self.params.weights, self.memo) if self.params.weights else "lavis"
        return {"backend": "lavis-blip2", "version": 1, "weights": weights_identity, **chosen}

    def order(self, item: Item) -> int:
        return len(prompted.format_prompt(self.params.prompt, item))  # prompts of like length: less padding

    def __call__(self, items: list[Item]) -> list[Result]:
        return prompted.caption_batch(items, self.params.prompt, self._answer)

    def _answer(self, images: list, prompts: list[str]) -> list[str]:
        import torch

        network, processor = self._loaded
        pixels = torch.stack([processor(image) for image in images]).to(network.device)
        samples = {"image": pixels, "prompt": prompts}
        if hasattr(network, "opt_tokenizer"):
            network.opt_tokenizer.prompts = prompts
        return network.generate(samples, num_beams=self.params.num_beams, max_length=self.params.max_new_tokens)

    @cached_property
    def _loaded(self):
        """The network, and the image processor, which turns an RGB image into a tensor (3, height, width).

        Errors: InputError `pickle-weights`, `no-weights`, `unknown-model`.
        """
        name, model_type = self.params.name, self.params.model_type
        if self.params.weights:
            checkpoints.check(self.params.weights, self.params.allow_pickle)
            checkpoints.offline()
        elif not self.params.allow_pickle:
            what = "what LAVIS fetches are pickles, and reading one runs whatever code it holds"
            remedy = "name a folder with safetensors; if you trust LAVIS's files, set allow_pickle: true"
            raise InputError("pickle-weights", what, where=f"{name} {model_type}", remedy=remedy)
        from lavis.common.registry import registry
        from lavis.models import load_model_and_preprocess

        from mmner.captions import lavis_folder
        from mmner.networks import device

        model_types = registry.get_model_class(name).PRETRAINED_MODEL_CONFIG_DICT
        if model_type not in model_types:
            raise InputError("unknown-model", f"{name} has no {model_type}", remedy=f"one of: {', '.join(model_types)}")
        if self.params.weights:
            network, processors = lavis_folder.load(name, model_type, self.params.weights, device.best())
        else:
            with checkpoints.os_errors_as_input_error(f"{name} {model_type}"):
                network, processors, _ = load_model_and_preprocess(name, model_type, True, device.best())
        if hasattr(network, "opt_tokenizer"):
            network.opt_tokenizer = PromptPerImage(network.opt_tokenizer)
        return network, processors["eval"]


class PromptPerImage:
    """OPT's tokenizer as LAVIS calls it, with one prompt an image, where Blip2OPT has one prompt for a whole batch.

    Prompts are padded on the left, so that the generated text follows the prompt.
    """

    def __init__(self, tokenizer):
        tokenizer.padding_side = "left"
        self.prompts: list[str] = []
        self.batch_decode, self._tokenizer = tokenizer.batch_decode, tokenizer

    def __call__(self, _, **options):
        return self._tokenizer(self.prompts, padding=True, **options)
