#!/usr/bin/env python3
"""What a small book shop asks of its API: 640 requests, the same ones every time.

    python3 traffic.py http://127.0.0.1:8080 [--writes]
"""

import http.client
import json
import random
import sys
from urllib.parse import urlsplit

ROUNDS = 40


def reads(dice):
    """One visitor: the pages of the shop, and what they ask the API for."""
    book, author, review = dice.randint(1, 40), dice.randint(1, 6), dice.randint(1, 60)
    yield "/shop"
    yield f"/books/{book}"
    yield f"/reviews/{review}"
    yield "/authors"
    yield f"/books?authorId={author}"
    yield f"/books?publisher.city={dice.choice(['Lisbon', 'Graz', 'Kyoto'])}"
    yield f"/books?_page={dice.randint(1, 4)}&_limit=10"
    yield f"/books?price_gte={dice.randint(8, 20)}&price_lte={dice.randint(30, 45)}"
    yield f"/books?_sort={dice.choice(['price', 'year'])}&_order=desc"
    yield f"/books?q={dice.choice(['Harbour', 'Garden', 'Atlas', 'zebra'])}"
    yield f"/reviews?bookId={book}"
    yield f"/authors/{author}?_embed=books"
    yield f"/reviews/{review}?_expand=book"
    yield f"/books/{dice.randint(900, 999)}"  # a stale link


def ask(connection, method, target, body=None, headers=None):
    text = json.dumps(body) if body is not None else None
    headers = {"content-type": "application/json"} if text else headers or {}
    connection.request(method, target, text, headers)
    reply = connection.getresponse()
    reply.read()
    if reply.status >= 500:
        sys.exit(f"{method} {target}: {reply.status}; is old up?")
    return reply


def main():
    if len(sys.argv) < 2 or "://" not in sys.argv[1]:
        sys.exit(__doc__)
    connection = http.client.HTTPConnection(urlsplit(sys.argv[1]).netloc, timeout=10)
    dice, sent, tag = random.Random(1), 0, None
    for number in range(ROUNDS):
        for target in reads(dice):
            ask(connection, "GET", target)
            sent += 1
        # A browser asks whether what it has of the shop is still good; a link checker asks for no body.
        reply = ask(connection, "GET", "/shop", headers={"if-none-match": tag} if tag else {})
        tag = reply.getheader("etag") or tag
        ask(connection, "HEAD", f"/books/{dice.randint(1, 40)}")
        sent += 2
        if "--writes" in sys.argv and number % 10 == 9:
            # A visitor writes a review and looks at it; a clerk changes a price.
            reply = ask(connection, "POST", "/reviews", {"bookId": 7, "stars": 5, "text": "Lovely."})
            ask(connection, "GET", urlsplit(reply.getheader("location")).path)
            ask(connection, "PATCH", "/books/7", {"price": 12.5 + number})
            ask(connection, "GET", "/books/7")
            sent += 4
    print(f"{sent} requests sent")


if __name__ == "__main__":
    main()
