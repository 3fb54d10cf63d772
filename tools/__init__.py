"""Scripts for who works on cloudgpu: they make the data that ships with it."""
