"""The shop without sockets: it knows its people and what it has to say. Roomful has the chat.

ROOMFUL_JWT_SECRET=… python3 server.py PORT http://127.0.0.1:8000
"""
import json
import os
import sys
import time
from urllib.request import Request, urlopen

import jwt
from flask import Flask, request

app = Flask(__name__)
SECRET = os.environ["ROOMFUL_JWT_SECRET"]
ROOMFUL = sys.argv[2]


def token_for(username):
    now = int(time.time())
    return jwt.encode({"sub": username, "name": username, "iat": now, "exp": now + 600}, SECRET, "HS256")


@app.get("/token")
def token():
    """For whoever is signed in. A real shop takes the name from its own session and never from the request."""
    return {"token": token_for(request.args["username"])}


@app.post("/announce")
def announce():
    data = request.get_json()
    headers = {"content-type": "application/json", "authorization": f"Bearer {token_for('shop')}"}
    body = json.dumps({"message": data["message"]}).encode()
    with urlopen(Request(f"{ROOMFUL}/api/v1/rooms/{data['room']}/messages", body, headers), timeout=30):
        return {"announced": True}


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
