"""The backend `blip2`: captions by BLIP-2, or any image-text-to-text model of transformers (IAC 3.1, DDC).

IAC: caption = VLM(sentence, image), conditioned on the domain. Sentence and domain stand in the prompt.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from mmner.base.errors import InputError
from mmner.base.params import Size
from mmner.captions import prompted
from mmner.networks import weights
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class Blip2(Backend):
    """One caption an image: the model's answer to a prompt about it. Decoding is greedy or by beams, so repeatable."""

    class Params(weights.WeightsParams):
        prompt: prompted.Prompt = prompted.QUESTION
        max_new_tokens: Size = 40
        num_beams: prompted.Beams = 1
        use: ClassVar = "half"

    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.uses = prompted.uses(params.prompt)

    def identity(self) -> dict:
        return {"backend": "blip2", "version": 1, **self.params.identity(self.memo)}

    def order(self, item: Item) -> int:
        return len(prompted.format_prompt(self.params.prompt, item))  # prompts of like length: less padding

    def __call__(self, items: list[Item]) -> list[Result]:
        return prompted.caption_batch(items, self.params.prompt, self._answer)

    def _answer(self, images: list, prompts: list[str]) -> list[str]:
        import torch

        if self._processor.__dict__.get("chat_template"):
            prompts = [self._as_chat(prompt) for prompt in prompts]
            images = [[image] for image in images]
        batch = self._processor(images=images, text=prompts, padding=True, return_tensors="pt")
        batch = batch.to(self._network.device, self._network.dtype)
        self._check_room(batch["input_ids"].shape[1])
        with torch.inference_mode():
            ids = self._network.generate(
                **batch, max_new_tokens=self.params.max_new_tokens, num_beams=self.params.num_beams, do_sample=False
            )
        prompt_ids = batch["input_ids"]
        if ids.shape[1] >= prompt_ids.shape[1] and torch.equal(ids[:, : prompt_ids.shape[1]], prompt_ids):
            ids = ids[:, prompt_ids.shape[1] :]  # decoder-only models repeat what they were asked
        return self._processor.tokenizer.batch_decode(ids, skip_special_tokens=True)

    def _check_room(self, asked: int) -> None:
        """Errors: InputError `bad-params` where an answer to `asked` pieces may need more positions than there are."""
        positions = getattr(self._network.config.get_text_config(), "max_position_embeddings", None)
        if positions and asked + self.params.max_new_tokens > positions:
            what = f"max_new_tokens: {self.params.max_new_tokens} and a prompt of {asked} are more than the network's"
            remedy = f"{max(positions - asked, 1)} at most, or a shorter prompt"
            raise InputError("bad-params", f"{what} {positions} positions", where=self.params.weights, remedy=remedy)

    def _as_chat(self, prompt: str) -> str:
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        chat = [{"role": "user", "content": content}]
        return self._processor.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)

    @cached_property
    def _processor(self):
        from transformers import AutoProcessor

        processor = weights.processor(AutoProcessor, self.params)
        if processor.tokenizer.pad_token_id is None:
            remedy = "name its pad_token in tokenizer_config.json, or get that file again"
            raise InputError("no-tokenizer", "it has no piece for padding", where=self.params.weights, remedy=remedy)
        processor.tokenizer.padding_side = "left"  # what is generated follows the prompt, not its padding
        return processor

    @cached_property
    def _network(self):
        from transformers import AutoModelForImageTextToText

        from mmner.networks import device

        return weights.network(
            AutoModelForImageTextToText, self.params, dtype=device.inference_dtype(self.params.precision)
        )
