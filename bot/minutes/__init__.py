"""Transcripts and notes in, structured minutes out; texts are rendered from the structure."""
