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
	button                     // button
	option                     // option, optgroup
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
	input         // a box to tick
	shell         // its content is left out
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
	add(keep, phrasing, "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
		"mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var")
	add(keep, phrasing|link, "a")
	add(keep, 0, "label", "legend", "map", "meter", "output", "progress")
	// What browsers never knew, or know no more: like span, and harmless like it.
	add(keep, 0, "command", "datagrid", "event-source", "m", "multicol", "nextid", "sound", "spacer")
	add(keep, flow, "address", "article", "aside", "blockquote", "center", "details", "fieldset", "figcaption", "figure",
		"footer", "header", "hgroup", "main", "nav", "section", "summary")
	add(keep, flow|division, "div")
	add(keep, flow|paragraph, "p")
	add(keep, flow|heading, "h1", "h2", "h3", "h4", "h5", "h6")
	add(keep, flow|verbatim, "pre")
	add(keep, flow|list, "dir", "menu", "ol", "ul")
	add(keep, item, "li")
	add(keep, flow|terms, "dl")
	add(keep, term, "dd", "dt")
	add(keep, flow|void, "hr")
	add(keep, void, "area", "br", "keygen", "wbr")
	add(keep, option, "optgroup", "option")
	add(keep, flow|table, "table")
	add(keep, caption, "caption")
	add(keep, columns, "colgroup")
	add(keep, column|void, "col")
	add(keep, rows, "tbody", "tfoot", "thead")
	add(keep, row, "tr")
	add(keep, cell, "td", "th")
	add(keep, ruby, "ruby")
	add(keep, rubyText, "rp", "rt")
	add(keep, button, "button")
	add(player, media, "audio", "video")
	add(source, void, "source")
	add(track, void, "track")
	add(image, void, "img", "image", "amp-img")
	add(input, void, "input")
	add(embed, void, "embed", "object")
	add(raw, void, "iframe", "amp-iframe")
	add(inert, 0, "noscript")
	add(math, 0, "math")
	add(shell, 0, "datalist", "select", "textarea") // they are read in a way of their own, but not when empty
	add(drop, 0, "annotation", "annotation-xml", "frameset", "noembed", "noframes", "script", "style", "svg", "template", "title")
	for _, old := range [...]string{"listing", "plaintext", "xmp"} { // they switch a parser to another way of reading
		m[old] = m["pre"]
	}
	return m
}
