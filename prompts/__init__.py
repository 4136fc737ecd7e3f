"""The prompts: one Markdown template a prompt, its variables declared on top."""
