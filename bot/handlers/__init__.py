"""What takes one turn: words and buttons of one topic side by side."""
