"""Pure text: scripts, segments, protected spans, markup. No models, no I/O."""
