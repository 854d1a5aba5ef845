"""Tiny real models of the classes that full-size weights have, built from a config and saved as those are."""

from pathlib import Path

import torch

CORPUS = ["a photo of a cat on a red sofa", "posted with Marlow Bakery open today", "what does it show? Answer:"] * 3


def byte_bpe(folder: Path):
    """Train a byte-level BPE tokenizer as RoBERTa and OPT have, and save it to `folder`. Returns it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizer

    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(CORPUS, vocab_size=330, special_tokens=special)
    folder.mkdir(parents=True, exist_ok=True)
    trained.save_model(str(folder))
    tokenizer = RobertaTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.save_pretrained(folder)
    return tokenizer


def blip2(folder: Path) -> Path:
    """A Blip2ForConditionalGeneration of width 16 over OPT, with its processor."""
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        Blip2QFormerConfig,
        Blip2VisionConfig,
        OPTConfig,
    )
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    processor = Blip2Processor(BlipImageProcessorPil(size={"height": 28, "width": 28}), byte_bpe(folder), 4)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    tokens = processor.tokenizer
    config = Blip2Config(
        vision_config=Blip2VisionConfig(image_size=28, patch_size=14, intermediate_size=32, **sizes).to_dict(),
        qformer_config=Blip2QFormerConfig(
            vocab_size=len(tokens), intermediate_size=32, encoder_hidden_size=16, max_position_embeddings=64, **sizes
        ).to_dict(),
        text_config=OPTConfig(
            vocab_size=len(tokens),
            ffn_dim=32,
            max_position_embeddings=256,
            word_embed_proj_dim=16,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
            **sizes,
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
    )
    torch.manual_seed(0)
    model = Blip2ForConditionalGeneration(config)
    with torch.no_grad():  # random weights say the same about everything: make what is seen and asked matter
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.5)
        model.language_projection.weight.mul_(8)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def grounding_dino(folder: Path) -> Path:
    """A GroundingDinoForObjectDetection of width 32 over Swin and BERT, with MiniLM's tokenizer, which is BERT's.

    Its special tokens have to be BERT's own: the model knows their ids by heart.
    """
    from transformers import BertConfig, GroundingDinoConfig, GroundingDinoForObjectDetection, SwinConfig
    from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil
    from transformers.models.grounding_dino.processing_grounding_dino import GroundingDinoProcessor

    from mmner.networks import encoders

    tokenizer = encoders.tokenizer(encoders.MINILM)
    images = GroundingDinoImageProcessorPil(size={"shortest_edge": 96, "longest_edge": 128})
    GroundingDinoProcessor(images, tokenizer).save_pretrained(folder)
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=96,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
        ),
        d_model=32,  # a group norm of 32 groups is built in
        num_queries=12,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        max_text_len=32,
    )
    torch.manual_seed(0)
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    return folder


def yolos(folder: Path) -> Path:
    """A YolosForObjectDetection of width 16, two of whose three classes have names, with its image processor."""
    from transformers import YolosConfig, YolosForObjectDetection
    from transformers.models.yolos.image_processing_pil_yolos import YolosImageProcessorPil

    YolosImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96}).save_pretrained(folder)
    config = YolosConfig(
        image_size=[64, 96],
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_detection_tokens=20,
        id2label={0: "cat", 1: "boat", 2: "sofa"},
    )
    torch.manual_seed(0)
    model = YolosForObjectDetection(config)
    with torch.no_grad():  # boxes that random weights give are all alike
        model.vit.embeddings.detection_tokens.normal_(std=2)
        for layer in model.bbox_predictor.layers:
            layer.weight.normal_(std=0.5)
    model.save_pretrained(folder)
    return folder


def vision(folder: Path, kind: str) -> Path:
    """A vision tower of width 16 with its image processor: vit, clip (both towers), clip-vision, siglip or dinov2.

    DINOv2's processor cuts the middle out of a larger square.
    """
    import transformers as t
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    eyes = {**sizes, "image_size": 32, "patch_size": 8}
    square = {"height": 32, "width": 32}
    torch.manual_seed(0)
    if kind == "vit":
        processor, model = ViTImageProcessorPil(size=square), t.ViTModel(t.ViTConfig(**eyes), add_pooling_layer=False)
    elif kind == "dinov2":
        processor = BitImageProcessorPil(size={"shortest_edge": 40}, crop_size=square)
        model = t.Dinov2Model(t.Dinov2Config(**{k: v for k, v in eyes.items() if k != "intermediate_size"}))
    elif kind == "siglip":
        processor, model = SiglipImageProcessorPil(size=square), t.SiglipVisionModel(t.SiglipVisionConfig(**eyes))
    else:
        processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=square)
        model = t.CLIPVisionModel(t.CLIPVisionConfig(**eyes))
        if kind == "clip":
            text = t.CLIPTextConfig(vocab_size=50, **sizes)
            both = t.CLIPConfig(text_config=text.to_dict(), vision_config=t.CLIPVisionConfig(**eyes).to_dict())
            model = t.CLIPModel(both)
    processor.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def roberta(folder: Path) -> Path:
    """A RobertaModel of width 16 for 38 word pieces, with a byte-level BPE tokenizer that adds no space by itself."""
    from transformers import RobertaConfig, RobertaModel

    tokens = byte_bpe(folder)
    config = RobertaConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
        type_vocab_size=1,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=tokens.bos_token_id,
        eos_token_id=tokens.eos_token_id,
    )
    torch.manual_seed(0)
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
