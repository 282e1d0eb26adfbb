namespace gemmark {}
