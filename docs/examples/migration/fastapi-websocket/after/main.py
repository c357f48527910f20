"""The shop without sockets: Roomful has the chat. ROOMFUL=http://127.0.0.1:8000 uvicorn main:app --port PORT"""
import json
import os
from urllib.request import Request, urlopen

from fastapi import FastAPI

app = FastAPI()
ROOMFUL = os.environ["ROOMFUL"]


@app.post("/announce")
def announce(body: dict):
    said = json.dumps({"username": "shop", "message": body["message"]}).encode()
    headers = {"content-type": "application/json"}
    with urlopen(Request(f"{ROOMFUL}/api/v1/rooms/lobby/messages", said, headers), timeout=30):
        return {"announced": True}
