"""The stages of a render: each file plans the work of one stage and applies it to pixels."""
