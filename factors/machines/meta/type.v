# Text chapters, which are only described.
Translate:
	cc-mode-delineation:
		language-text|language-kleptic: .kiln -read .chapter
Render:
	cc-mode-delineation: .kiln -keep .chapter
