"""Translation engines: CTranslate2 and transformers."""
