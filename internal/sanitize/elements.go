package sanitize

// kind says how an element behaves among others; an element has several.
type kind uint32

const (
	void      kind = 1 << iota // has no end tag
	flow                       // ends a paragraph
	phrasing                   // formats text, and is opened again after a badly nested end
	paragraph                  // p
	heading                    // h2 to h6
	link                       // a
	list                       // ul, ol
	item                       // li
	terms                      // dl
	term                       // dt, dd
	division                   // div
	table                      // table
	rows                       // thead, tbody, tfoot
	row                        // tr
	cell                       // td, th
	caption                    // caption
	columns                    // colgroup
	column                     // col
	ruby                       // ruby
	rubyText                   // rt, rp
	verbatim                   // pre
	media                      // audio, video
	kept                       // stays when it is empty
	bare                       // means nothing without an attribute: span, a
)

// inTable are the elements whose children can't be text.
const inTable = table | rows | row | columns

// action is what becomes of a start tag.
type action uint8

const (
	keep   action = iota
	drop          // with its content
	image         // img and its synonyms
	embed         // becomes a link to what it held
	raw           // embed whose content is no markup
	player        // audio and video
	source        // a candidate of a player or a picture
	track         // subtitles of a player
	inert         // noscript: its content is read
	math          // its alternative text is kept
)

// element is what the sanitiser knows of an element. What it doesn't know it
// leaves out, and keeps its content.
type element struct {
	name string // in the output
	is   kind
	do   action
}

// elements is the allowlist, by the name in the input.
func elements() map[string]*element {
	m := make(map[string]*element, 128)
	add := func(do action, is kind, names ...string) {
		for _, n := range names {
			m[n] = &element{name: n, is: is, do: do}
		}
	}
	add(keep, phrasing, "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark",
		"q", "s", "samp", "small", "strong", "sub", "sup", "time", "u", "var")
	add(keep, phrasing|bare, "span")
	add(keep, phrasing|bare|link, "a")
	add(keep, flow, "address", "aside", "blockquote", "details", "figcaption", "figure", "section", "summary")
	add(keep, flow|division, "div")
	add(keep, flow|paragraph, "p")
	add(keep, flow|heading, "h2", "h3", "h4", "h5", "h6")
	add(keep, flow|verbatim, "pre")
	add(keep, flow|list, "ol", "ul")
	add(keep, item, "li")
	add(keep, flow|terms, "dl")
	add(keep, term, "dd", "dt")
	add(keep, flow|void, "hr")
	add(keep, void, "br", "wbr")
	add(keep, flow|table, "table")
	add(keep, caption, "caption")
	add(keep, columns, "colgroup")
	add(keep, column|void, "col")
	add(keep, rows, "tbody", "tfoot", "thead")
	add(keep, row, "tr")
	add(keep, cell|kept, "td", "th")
	add(keep, ruby, "ruby")
	add(keep, rubyText, "rp", "rt")
	add(player, media, "audio", "video")
	add(source, void, "source")
	add(track, void, "track")
	add(image, void, "img", "image", "amp-img")
	add(embed, void, "embed", "object")
	add(raw, void, "iframe", "amp-iframe")
	add(inert, 0, "noscript")
	add(math, 0, "math")
	add(drop, 0, "annotation", "annotation-xml", "button", "datalist", "frameset", "noembed", "noframes", "script",
		"select", "style", "svg", "template", "textarea", "title")
	for old, name := range synonyms() {
		m[old] = m[name]
	}
	return m
}

// synonyms are elements that are written as others. Landmarks become plain
// divisions, because they would name parts of the reader's own page; for the
// same reason a page's only h1 is the reader's.
func synonyms() map[string]string {
	return map[string]string{
		"h1": "h2", "article": "div", "center": "div", "fieldset": "div", "footer": "div", "header": "div", "hgroup": "div",
		"main": "div", "nav": "div", "menu": "ul", "dir": "ul", "listing": "pre", "plaintext": "pre", "xmp": "pre",
		"acronym": "abbr", "strike": "s", "tt": "code",
	}
}
