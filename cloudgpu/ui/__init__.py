"""What the person sees. Nothing below this room prints."""
