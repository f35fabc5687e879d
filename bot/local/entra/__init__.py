"""The local Entra: signs people in, asks for their consent and gives tokens, on loopback."""
