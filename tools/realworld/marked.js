// marked renders documents of real size.
print(marked.parse(text));
print(marked.parse(text, { gfm: false, pedantic: true }));
print(marked.parse(text, { breaks: true }));
print(JSON.stringify(marked.lexer(text)));
print(marked.parseInline('*a* **b** `c` [d](e "f") <g@h.i> ~~j~~ ![k](l)'));
