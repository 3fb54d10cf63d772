"""One machine at a time, over SSH: commands, files, forwards; and what this computer needs for them."""
