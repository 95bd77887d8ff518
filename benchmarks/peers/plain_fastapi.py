"""The peer: a plain FastAPI endpoint around MarianMTModel.generate, one request at a time, as tutorials write it.

usage: python -m benchmarks.peers.plain_fastapi MARIAN_FOLDER PORT
"""

import sys

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import MarianMTModel, MarianTokenizer

app = FastAPI()
folder = sys.argv[1]
tokenizer = MarianTokenizer.from_pretrained(folder)
model = MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval()


class Request(BaseModel):
    text: str
    target_lang: str


@app.get("/live")
def live() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/v1/translate")
def translate(request: Request) -> dict[str, str]:
    tag = ">>zho<<" if request.target_lang == "zh" else ">>eng<<"
    batch = tokenizer([f"{tag} {request.text}"], return_tensors="pt")
    with torch.inference_mode():
        output = model.generate(**batch, num_beams=4, max_new_tokens=128)
    return {"text": tokenizer.decode(output[0], skip_special_tokens=True)}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
